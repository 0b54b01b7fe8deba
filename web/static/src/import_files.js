/** Files of the reader's machine: those dropped on the page, and one on its way to the server. */

/** Files of a drop, also those in a folder, as [name, file]. */
export async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [];
  for (const entry of entries) {
    if (entry.isFile) files.push([entry.name, await new Promise((done, fail) => entry.file(done, fail))]);
    else {
      const reader = entry.createReader();
      for (;;) {
        const part = await new Promise((done, fail) => reader.readEntries(done, fail));
        if (part.length === 0) break;
        for (const each of part.filter(({ isFile }) => isFile)) {
          files.push([`${entry.name}/${each.name}`, await new Promise((done, fail) => each.file(done, fail))]);
        }
      }
    }
  }
  return files;
}

/** One file to the server, telling how much of it has gone. */
export function put(path, file, progress) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("PUT", path);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onerror = () => done({ offline: true });
    request.onload = () => {
      if (request.status < 300) return done({});
      try {
        return done({ problem: JSON.parse(request.responseText) });
      } catch {
        return done({ problem: { detail: String(request.status) } });
      }
    };
    request.send(file);
  });
}
