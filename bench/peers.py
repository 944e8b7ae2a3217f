"""The servers that x1agent is measured beside: nginx as upstream and as proxy, HAProxy as proxy. All on loopback."""
import pathlib
import socket
import subprocess
import time

TEMPLATES = pathlib.Path(__file__).parent / "peers"
CERTIFICATE = pathlib.Path(__file__).resolve().parent.parent / "demo/certificate"
ANSWER = '<multistatus xmlns="DAV:"></multistatus>'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peers:
    """Starts them in `folder`; what was started is stopped at the end of the block, by pid, also after a failed start."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = {name: free_port() for name in ("ORIGIN", "NGINX", "HAPROXY")}
        self.started = []
        subprocess.run([CERTIFICATE, folder], check=True)

    def __enter__(self):
        try:
            self._start_all()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def _start_all(self):
        self.origin = self._start("origin", ["nginx", "-g", "daemon off;", "-c", self._fill("origin.conf")])
        self.nginx = self._start("nginx", ["nginx", "-g", "daemon off;", "-c", self._fill("nginx.conf")])
        self.haproxy = self._start("haproxy", ["haproxy", "-db", "-f", self._fill("haproxy.cfg")])
        for port in self.ports.values():
            self._wait(port)

    def url(self, name):
        scheme = "https" if name == "ORIGIN" else "http"
        return f"{scheme}://127.0.0.1:{self.ports[name]}/ada/work/"

    def pids(self, process):
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return [process.pid, *map(int, children)]

    def end(self):
        for process in reversed(self.started):
            process.terminate()
            process.wait(10)
        self.started = []

    def _fill(self, name):
        text = (TEMPLATES / name).read_text()
        for key, value in {**self.ports, "FOLDER": self.folder, "ANSWER": ANSWER}.items():
            text = text.replace(f"@{key}@", str(value))
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def _start(self, name, command):
        with open(self.folder / f"{name}.out", "wb") as log:
            self.started.append(subprocess.Popen(command, stdout=log, stderr=log))
        return self.started[-1]

    @staticmethod
    def _wait(port):
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nothing listens on port {port}")
