"""Known vulnerabilities of the packages in uv.lock: none, some (status 1), or not checked for lack of a network."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "uv" / "bin" / "uv"
ALLOWED: dict[str, str] = {}
"""Advisories that do not concern this program: number -> why."""
PATIENCE = 120


def main(service: list[str]) -> int:
    """Print what pip-audit finds; ``service`` are options of pip-audit that say whom to ask."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "requirements.txt"
        export = [UV, "export", "-q", "--frozen", "--dev", "--no-emit-project", "-o", pins]
        subprocess.run(export, cwd=ROOT, check=True)
        asked = ["-r", pins, "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off", "--timeout", "10"]
        command = [sys.executable, "-m", "pip_audit", *asked, *(service or ["-s", "osv"])]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return _unchecked("timeout")
    if not done.stdout:
        last = (done.stderr.strip() or "?").splitlines()[-1]
        if "ConnectionError" in last or "Timeout" in last:
            return _unchecked(last)
        print(done.stderr, file=sys.stderr)
        return 2
    packages = json.loads(done.stdout)["dependencies"]
    looked_at = [each for each in packages if "skip_reason" not in each]
    if not looked_at:
        return _unchecked(packages[0]["skip_reason"] if packages else "-")
    found = [
        f"{each['name']} {each['version']}: {told['id']} {' '.join(told['aliases'])}"
        f" -> {' '.join(told['fix_versions']) or '?'}"
        for each in looked_at
        for told in each["vulns"]
        if not {told["id"], *told["aliases"]} & ALLOWED.keys()
    ]
    for line in found:
        print(line)
    print(f"依赖包漏洞：查了 {len(looked_at)} 个，发现 {len(found)} 处", end=" / ")
    print(f"packages looked at: {len(looked_at)}, known vulnerabilities: {len(found)}")
    return 1 if found else 0


def _unchecked(reason: str) -> int:
    print(f"依赖包漏洞：没有网络，未检查 / known vulnerabilities of packages: not checked, no network ({reason[:80]})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
