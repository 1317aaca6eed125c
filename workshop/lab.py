"""`course lab`: serve the course in JupyterLab and open its start page."""

import contextlib
import getpass
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from jupyter_core.paths import jupyter_runtime_dir

from workshop.paths import ROOT
from workshop.startpage import write_start_page

SETTINGS = Path(__file__).resolve().parent / "settings"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def environment() -> dict[str, str]:
    """What the server, its kernels and its terminals see: this environment before any other on the machine."""
    env = {name: value for name, value in os.environ.items() if name not in ("JUPYTER_PATH", "PYTHONHOME")}
    bin_dir = str(Path(sys.prefix) / "bin")
    config = [str(SETTINGS), *filter(None, [env.get("JUPYTER_CONFIG_PATH")])]
    env.update(PATH=os.pathsep.join([bin_dir, env.get("PATH", os.defpath)]), VIRTUAL_ENV=sys.prefix)
    env.setdefault("JUPYTER_TOKEN", secrets.token_hex(24))  # JupyterLab is silent about a token that it is given
    return env | {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_CONFIG_PATH": os.pathsep.join(config)}


def announce(info: dict, remote: str) -> None:
    """Print where the course is to be found."""
    url = info["url"].rstrip("/") + "/lab/tree/start.ipynb" + (f"?token={info['token']}" if info["token"] else "")
    print(f"\nPlank by Plank is at\n\n    {url}\n")
    if remote:  # the value of SSH_CONNECTION: client, its port, server, its port
        server, ssh_port = remote.split()[-2:]
        forward = f"ssh -L {info['port']}:localhost:{info['port']} -p {ssh_port} {getpass.getuser()}@{server}"
        print(f"On your own machine, forward the port first:\n\n    {forward}\n")
    print("Ctrl-C ends it.", flush=True)


def end(server: subprocess.Popen, running: Path) -> None:
    """Ask the server to stop itself and its kernels, which it does without a word; else tell it to."""
    try:
        info = json.loads(running.read_text(encoding="utf-8"))
        headers = {"Authorization": f"token {info['token']}"}
        request = Request(info["url"] + "api/shutdown", method="POST", headers=headers, data=b"")
        build_opener(ProxyHandler({})).open(request, timeout=5).close()
        server.wait(10)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        server.terminate()
        server.wait()


def main(argv: list[str] | None = None) -> int:
    """Serve until Ctrl-C; the arguments go to JupyterLab as they are. Where its port is taken it uses the next."""
    rest = sys.argv[1:] if argv is None else argv
    write_start_page()
    remote = os.environ.get("SSH_CONNECTION", "")
    display = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    command = [sys.executable, "-P", "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command += [f"--LabApp.app_settings_dir={SETTINGS}", f"--LabApp.workspaces_dir={ROOT / '.jupyter' / 'workspaces'}"]
    command += ["--no-browser"] if remote or not display else []
    command += ["--allow-root"] if os.geteuid() == 0 else []  # containers; elsewhere JupyterLab rightly refuses
    for ending in ENDINGS:
        if signal.getsignal(ending) != signal.SIG_IGN:  # nohup means it
            signal.signal(ending, signal.default_int_handler)
    print("Starting JupyterLab ...", flush=True)
    # A process group of its own keeps Ctrl-C from the server and its kernels: they are ended in order, from here.
    server = subprocess.Popen([*command, *rest], cwd=ROOT, env=environment(), process_group=0)
    running = Path(jupyter_runtime_dir()) / f"jpserver-{server.pid}.json"
    try:
        while server.poll() is None:
            try:
                announce(json.loads(running.read_text(encoding="utf-8")), remote)
                break
            except (FileNotFoundError, ValueError):  # not there yet, or being written
                time.sleep(0.05)
        return server.wait()
    except KeyboardInterrupt:
        for ending in ENDINGS:
            signal.signal(ending, signal.SIG_IGN)
        with contextlib.suppress(OSError):  # the terminal may have been closed
            print("\nEnding JupyterLab; what you saved is safe.", flush=True)
        end(server, running)
        return 0
