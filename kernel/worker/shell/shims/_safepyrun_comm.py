"""Comms: channels between a notebook's widgets and Python. With the package `comm` its manager is used."""
import _safepyrun_kernel as _kernel

_own = None  # the manager, made when it is first asked for


class _Comm:
    "One channel. target_name: str; comm_id: str."

    def __init__(self, target_name="", data=None, metadata=None, buffers=None, comm_id=None, primary=True, **kwargs):
        import os
        self.target_name, self.comm_id, self.primary = target_name, comm_id or os.urandom(16).hex(), primary
        self._closed, self._on_msg, self._on_close = True, None, None
        self.topic = b""
        if primary:
            self.open(data=data, metadata=metadata, buffers=buffers)
        else:
            self._closed = False

    @property
    def kernel(self):
        "The kernel object; widgets send nothing when there is none."
        return _kernel.get_ipython().kernel

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        "Send one message to the frontend."
        _kernel.publish(msg_type, {"data": {} if data is None else data, "comm_id": self.comm_id, **keys}, metadata or {},
                        [] if buffers is None else list(buffers))

    def open(self, data=None, metadata=None, buffers=None):
        "Open the frontend's side."
        manager().register_comm(self)
        self._closed = False
        try:
            self.publish_msg("comm_open", data=data, metadata=metadata, buffers=buffers, target_name=self.target_name,
                             target_module=None)
        except Exception:
            manager().unregister_comm(self)
            self._closed = True
            raise

    def close(self, data=None, metadata=None, buffers=None, deleting=False):
        "Close both sides."
        if self._closed:
            return
        self._closed = True
        if not deleting:
            self.publish_msg("comm_close", data=data, metadata=metadata, buffers=buffers)
            manager().unregister_comm(self)

    def send(self, data=None, metadata=None, buffers=None):
        "Send data (JSON) and buffers (bytes-like) to the frontend."
        self.publish_msg("comm_msg", data=data, metadata=metadata, buffers=buffers)

    def on_msg(self, callback):
        "callback(msg) for each message of the frontend."
        self._on_msg = callback

    def on_close(self, callback):
        "callback(msg) when the frontend closes."
        self._on_close = callback

    def handle_msg(self, msg):
        if self._on_msg:
            self._on_msg(msg)

    def handle_close(self, msg):
        if self._on_close:
            self._on_close(msg)


class _Manager:
    "All open comms, and the targets that the frontend may open."

    def __init__(self):
        self.comms, self.targets = {}, {}

    def register_target(self, target_name, f):
        "f(comm, msg) when the frontend opens a comm with that name; a callable or 'module.function'."
        if isinstance(f, str):
            import importlib
            module, _, name = f.rpartition(".")
            f = getattr(importlib.import_module(module), name)
        self.targets[target_name] = f

    def unregister_target(self, target_name, f):
        return self.targets.pop(target_name)

    def register_comm(self, comm):
        self.comms[comm.comm_id] = comm
        return comm.comm_id

    def unregister_comm(self, comm):
        self.comms.pop(comm.comm_id, None)

    def get_comm(self, comm_id):
        return self.comms.get(comm_id)

    def comm_open(self, stream, ident, msg):
        content = msg["content"]
        comm = _Comm(content.get("target_name", ""), comm_id=content["comm_id"], primary=False)
        self.register_comm(comm)
        target = self.targets.get(comm.target_name)
        if target is None:
            import sys
            sys.stderr.write(f"No such comm target registered: {comm.target_name}\n")
        else:
            try:
                target(comm, msg)
                return
            except Exception as error:
                _show(error)
        comm.close()

    def comm_msg(self, stream, ident, msg):
        comm = self.comms.get(msg["content"]["comm_id"])
        if comm is not None:
            try:
                comm.handle_msg(msg)
            except Exception as error:
                _show(error)

    def comm_close(self, stream, ident, msg):
        comm = self.comms.pop(msg["content"]["comm_id"], None)
        if comm is not None:
            comm._closed = True
            try:
                comm.handle_close(msg)
            except Exception as error:
                _show(error)


def _show(error):
    import sys
    sys.stderr.write(_kernel.describe_error(error) + "\n")


def manager():
    "The one manager."
    global _own
    if _own is None:
        _own = _Manager()
    return _own


def create_comm(*args, **kwargs):
    "A comm of this kernel."
    return _Comm(*args, **kwargs)


def take_over(comm):
    "Called when the package `comm` was imported: its factory and its manager are ours."
    comm.create_comm = create_comm
    comm.get_comm_manager = manager


def info(target_name):
    "comm_id -> {target_name} of the open comms."
    return {comm_id: {"target_name": comm.target_name} for comm_id, comm in manager().comms.items()
            if target_name is None or comm.target_name == target_name}


def handle(msg_type, content, metadata, buffers):
    "A message of the frontend."
    if not isinstance(content.get("comm_id"), str):
        raise ValueError(f"{msg_type}: comm_id must be a str")
    message = {"header": {"msg_type": msg_type, **_kernel.parent_header()}, "parent_header": {}, "content": {**content, "data": content.get("data", {})},
               "metadata": metadata, "buffers": [memoryview(buffer) for buffer in buffers], "msg_type": msg_type}
    getattr(manager(), msg_type)(None, None, message)
