"""DockerEngine: every run in a container of its own, on this machine or another, by way of the docker SDK; podman's socket serves as well."""
from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import _safepyrun

from . import wire
from .policy import RunnerPolicy
from .result import EngineUnavailable, RunResult

START_S = 30 # for a container to start, besides the run's own time


class DockerEngine:
    """Runs code in containers: no network, a read-only root, no capabilities, limits on memory and processes. Needs the extra `docker`.

    image: one that has the package; default is one that is built on first use from the Dockerfile in the package. base_image: what that is
    built from; default is python:X.Y-slim of this Python's version. docker_context: a context of the docker command line. host: of the
    daemon ("ssh://user@machine", "unix:///run/podman/podman.sock"); default is what the environment says. What is in ok_dests is
    lost with the container. Raises EngineUnavailable at the first run, with what was tried.
    """

    def __init__(self, image: str | None = None, docker_context: str | None = None, host: str | None = None, *, base_image: str | None = None) -> None:
        if docker_context is not None and host is not None:
            raise ValueError("either docker_context or host, not both")
        self.image, self.docker_context, self.host = image, docker_context, host
        self.base_image = base_image or "python:%d.%d-slim" % sys.version_info[:2]
        self._client: Any = None
        self._lock = threading.Lock()

    def close(self) -> None:
        "Let go of the daemon."
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def start(self) -> Any:
        "The client of the daemon, once the image is there. Raises EngineUnavailable."
        with self._lock:
            if self._client is None:
                client = self._connect()
                try:
                    self.image = self.image or self._build(client)
                    client.images.get(self.image)
                except Exception as error:
                    client.close()
                    raise EngineUnavailable(f"DockerEngine: no image {self.image or 'of ' + self.base_image}: {error}") from error
                self._client = client
            return self._client

    def _connect(self) -> Any:
        try:
            import docker # type: ignore[import-untyped, import-not-found, unused-ignore]
        except ImportError as error:
            raise EngineUnavailable(f"DockerEngine: pip install 'safepyrun-kernel[docker]' ({error})") from error
        tried = []
        for host in self._hosts():
            try:
                client = docker.DockerClient(base_url=host) if host else docker.from_env()
                client.ping()
                return client
            except Exception as error: # the SDK lets those of requests and of paramiko through
                tried.append(f"{host or os.environ.get('DOCKER_HOST') or 'the default socket'} ({str(error).strip().splitlines()[0][:200]})")
        raise EngineUnavailable(f"DockerEngine: no container daemon answers; tried {', '.join(tried)}")

    def _hosts(self) -> list[str | None]:
        "Where a daemon may be."
        if self.host is not None:
            return [self.host]
        if self.docker_context is not None:
            return [_host_of_context(self.docker_context)]
        podman = f"{os.environ.get('XDG_RUNTIME_DIR', f'/run/user/{os.getuid()}')}/podman/podman.sock"
        return [None, *(f"unix://{path}" for path in (podman, "/run/podman/podman.sock") if os.path.exists(path))]

    def _build(self, client: Any) -> str:
        "The image of this package, built if it is not there; its tag."
        context = _context()
        import hashlib # here: a fork server has no use for it
        tag = f"safepyrun-runner:{hashlib.sha256(self.base_image.encode() + context).hexdigest()[:12]}"
        if not client.images.list(name=tag):
            client.images.build(fileobj=io.BytesIO(context), custom_context=True, tag=tag, buildargs={"BASE": self.base_image}, rm=True)
        return tag

    def execute(self, code: str, input_data: Any, policy: RunnerPolicy) -> RunResult:
        "Run `code` in a new container; `input_data` is plain JSON."
        message = wire.pack({"code": code, "input_data": input_data, "policy": policy.to_dict()})
        client, began = self.start(), time.monotonic()
        megabytes = policy.memory_limit_mb + 32 # Python itself
        container = client.containers.create(
            self.image, stdin_open=True, network_mode="none", read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"],
            mem_limit=f"{megabytes}m", memswap_limit=f"{megabytes}m", pids_limit=policy.max_processes + 8, tmpfs={"/tmp": "size=64m"})
        try:
            talk = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
            container.start()
            result = _converse(getattr(talk, "_sock", talk), message, policy)
            if result is None:
                container.reload()
                state = container.attrs["State"]
                memory = bool(state.get("OOMKilled")) or state.get("ExitCode") == 137
                result = RunResult(False, error=f"the run took more than {policy.memory_limit_mb} MiB of memory" if memory else
                                   f"the container ended with exit code {state.get('ExitCode')}", exit_code=137 if memory else 1, memory_exceeded=memory)
        finally:
            _remove(container)
        result.duration_ms = (time.monotonic() - began) * 1e3
        return result


def _remove(container: Any) -> None:
    "One that is just coming to its end cannot be removed in podman: it is tried again."
    for pause_s in (0.05, 0.2, 0.5, 1, 2, None):
        try:
            return container.remove(force=True) # type: ignore[no-any-return]
        except Exception as error: # the SDK lets those of requests through
            if getattr(getattr(error, "response", None), "status_code", None) == 404:
                return
            if pause_s is None:
                warnings.warn(f"DockerEngine: the container {container.short_id} could not be removed: {error}", RuntimeWarning, stacklevel=4)
                return
            time.sleep(pause_s)


def _converse(talk: socket.socket, message: bytes, policy: RunnerPolicy) -> RunResult | None:
    "Request and reply over an attached container; None when it ended without one. The daemon puts eight bytes before each piece of a stream."
    talk.settimeout(policy.timeout_seconds + START_S)
    reader, buffer = wire.Reader(), b""
    try:
        talk.sendall(message)
        talk.settimeout(policy.timeout_seconds)
        while data := talk.recv(1 << 16):
            buffer += data
            while len(buffer) >= 8 and len(buffer) >= 8 + int.from_bytes(buffer[4:8], "big"):
                end = 8 + int.from_bytes(buffer[4:8], "big")
                for reply in reader.feed(buffer[8:end] if buffer[0] == 1 else b""):
                    return RunResult(**{"exit_code": 0, **reply})
                buffer = buffer[end:]
    except TimeoutError:
        return RunResult(False, error=f"the run took longer than {policy.timeout_seconds:g} s", exit_code=124, timed_out=True)
    except OSError:
        pass
    return None


def _host_of_context(name: str) -> str:
    "Where the docker command line says that a context is. Raises EngineUnavailable."
    try:
        done = subprocess.run(["docker", "context", "inspect", name, "--format", "{{.Endpoints.docker.Host}}"], capture_output=True, text=True, timeout=START_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineUnavailable(f"DockerEngine: the context {name!r} cannot be asked for: {error}") from error
    if done.returncode or not done.stdout.strip():
        raise EngineUnavailable(f"DockerEngine: no docker context {name!r}: {done.stderr.strip()}")
    return done.stdout.strip()


def _context() -> bytes:
    "What the image is built from, as a tar archive that is the same for the same files."
    package, stream = Path(__file__).resolve().parents[1], io.BytesIO()
    files = {f"package/safepyrun/{path.relative_to(package)}": path for path in sorted(package.rglob("*.py"))}
    files[f"package/{Path(str(_safepyrun.__file__)).name}"] = Path(str(_safepyrun.__file__))
    files["Dockerfile"] = Path(__file__).with_name("Dockerfile")
    import tarfile
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, path in files.items():
            entry = tarfile.TarInfo(name)
            data = path.read_bytes()
            entry.size, entry.mode = len(data), 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()
