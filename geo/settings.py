"""Every knob with its default and its sentence, read from SHANHE_ variables or a .env file."""

from datetime import date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.address import is_loopback
from geo.text import Language

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").is_file() else None
SHIPPED = next(path for path in (_PACKAGE / "_shipped", _PACKAGE.parent / "data") if path.is_dir())


def _home() -> Path:
    """The same for every folder that the program is started from: else each would get a database of its own."""
    return _CHECKOUT / ".local" if _CHECKOUT else Path.home() / ".local" / "share" / "shanhe"


class Settings(BaseSettings):
    """The settings of one program; each is an environment variable with the prefix ``SHANHE_``."""

    model_config = SettingsConfigDict(
        env_prefix="SHANHE_",
        env_file=(_CHECKOUT or Path()) / ".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database: str = Field(
        "",
        repr=False,
        description="postgresql:// address of a server to use; empty: the program runs its own private cluster",
    )
    database_web: str = Field(
        "",
        repr=False,
        description="the same server as the role shanhe_web, which requests are answered with;"
        " empty: the connection of SHANHE_DATABASE takes that role",
    )
    home: Path = Field(default_factory=_home, description="folder of the private cluster and of written files")
    postgres_bin: str = Field(
        "", description="folder of initdb and postgres; empty: the newest one found on this machine"
    )
    postgres_account: str = Field(
        "postgres", description="account that runs the private cluster when the program is started by root"
    )
    host: str = Field("127.0.0.1", description="address the web server listens on")
    port: int = Field(8000, ge=0, le=65535, description="port the web server listens on")
    public_url: str = Field(
        "",
        description="address that people open the program by, such as https://shanhe.example; an OpenID provider leads"
        " back to it; empty: only browsers of this machine can sign in with a provider",
    )
    language: Language = Field("zh", description="language where the visitor states none: zh or en")
    county: str = Field(
        "511132", pattern=r"^\d{6}$", description="six-digit code of the county whose places are loaded at set-up"
    )
    timezone: str = Field("Asia/Shanghai", description="time zone of the county: which day is today")
    lenient_layers: str = Field(
        "", description="layers, separated by commas, in which PATCH needs no If-Match, as QGIS edits; others refuse it"
    )
    public: bool = Field(False, description="whether everybody may see the totals of townships without signing in")
    session_idle_minutes: int = Field(
        720, ge=1, le=43_200, description="minutes without a request after which somebody has to sign in again"
    )
    session_days: int = Field(14, ge=1, le=366, description="days after which everybody has to sign in again")
    oidc_issuer: str = Field(
        "", description="address of the OpenID provider that people may sign in with; empty: passwords only"
    )
    oidc_client_id: str = Field("", description="what the OpenID provider calls this program")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        description="what this program proves itself to the OpenID provider with; empty: it is a public client",
    )
    oidc_client_secret_file: Path | None = Field(
        None, description="file that holds the secret for the OpenID provider, in place of the variable"
    )
    tianditu_key: SecretStr = Field(
        SecretStr(""),
        description="key of Tianditu for browsers: the map then offers its base maps, whose tiles browsers fetch there;"
        " empty: no base map, and no request to any other server",
    )
    tianditu_key_file: Path | None = Field(
        None, description="file that holds the key of Tianditu, in place of the variable"
    )
    pool_size: int = Field(8, ge=1, le=64, description="database connections the web server keeps")
    tile_cache_mb: int = Field(
        128, ge=0, le=65_536, description="megabytes of map tiles that the web server keeps in memory; 0: none"
    )
    statement_timeout: int = Field(
        30, ge=1, description="seconds after which a web request's database statement is stopped"
    )
    request_timeout: int = Field(
        300, ge=1, description="seconds without any progress after which a request is waited for no longer"
    )
    rate_per_minute: int = Field(
        6000,
        ge=0,
        description="requests that one address may send in a minute; a map asks for 100 at once; 0: any number",
    )
    costly_per_minute: int = Field(
        60, ge=0, description="exports and imports that one address may ask for in a minute; 0: any number"
    )
    trusted_proxies: str = Field(
        "",
        description="addresses or networks of reverse proxies, separated by commas, that are believed for whom and over"
        " what they ask; empty: none",
    )
    area_tolerance: float = Field(
        0.05, ge=0, description="share by which drawn and registered area may differ before a warning"
    )
    ahead: float = Field(
        0.2, gt=0, le=1, description="share by which money and work may be apart before it is a finding"
    )
    stale_days: int = Field(
        90, ge=1, description="days without payment or milestone after which an unfinished activity is stale"
    )
    vertex_limit: int = Field(200_000, ge=100, description="most vertices one imported geometry may have")
    overlap_area: float = Field(
        1.0, ge=0, description="square metres that two polygons of a layer may share before a warning"
    )
    overlap_share: float = Field(
        0.001,
        ge=0,
        le=1,
        description="share of the smaller polygon that must be exceeded too before an overlap warning",
    )
    sliver_width: float = Field(
        0.5,
        ge=0,
        description="mean width in metres (twice the area by the perimeter) below which a polygon is a sliver",
    )
    spike_angle: float = Field(
        5.0, ge=0, le=90, description="degrees between two edges below which a vertex of a polygon is a spike"
    )
    near_points: float = Field(
        1.0, ge=0, le=100, description="metres within which two points of a layer are as good as at one place"
    )
    workers: int = Field(
        1, ge=0, le=8, description="workers that the web server starts for imports and overlays; 0: shanhe work"
    )
    upload_mb: int = Field(2048, ge=1, description="megabytes that the files sent for one import may have")
    document_mb: int = Field(20, ge=1, le=200, description="megabytes that one document of a record may have")
    import_seconds: int = Field(300, ge=1, description="seconds that reading an imported file may take by itself")
    import_memory_mb: int = Field(
        2048, ge=256, description="megabytes of memory that the process reading an imported file may take"
    )

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, address: str) -> str:
        parts = urlsplit(address.rstrip("/"))
        plain = f"{parts.scheme}://{parts.netloc}" == address.rstrip("/") and "@" not in parts.netloc
        if address and not (parts.scheme in ("http", "https") and parts.hostname and plain):
            raise ValueError("state scheme, name and port only: https://shanhe.example")
        return address.rstrip("/")

    @field_validator("oidc_issuer")
    @classmethod
    def _a_safe_issuer(cls, address: str) -> str:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
        if address and not (safe and parts.hostname and "@" not in parts.netloc and not parts.query + parts.fragment):
            raise ValueError("an issuer is an https:// address; http:// is for one on this machine only")
        return address

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key
        except (OSError, KeyError):  # KeyError: there is no such zone; OSError: it is a folder of zones
            raise ValueError(f"no time zone {name}") from None


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # pyright: ignore[reportCallIssue] - pydantic fills every field


def today() -> date:
    """The day it is in the county, whatever the clock of this machine is set to."""
    return datetime.now(ZoneInfo(settings().timezone)).date()
