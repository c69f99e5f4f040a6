"""The object that get_ipython().kernel is: what libraries use of the kernel, its session, and the requests that output belongs to."""
import _safepyrun_kernel as _kernel

_PARENTS_KEPT = 256
_parents = {}  # msg_id -> the kernel's own object, of the requests that get_parent() gave last


def _remember_parent(msg_id, parent):
    _parents.pop(msg_id, None)
    _parents[msg_id] = parent
    if len(_parents) > _PARENTS_KEPT:
        del _parents[next(iter(_parents))]


def enter_parent(parent):
    "A token to go back with; None when that request is not known (any more)."
    known = _parents.get((parent or {}).get("header", {}).get("msg_id"))
    return known and _kernel.enter_parent(known)


class _Session:
    "What libraries use of the kernel's session: its id, and sending messages to the frontend."

    @property
    def session(self):
        return _kernel.parent_header().get("session", "")

    def send(self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None, track=False, header=None,
             metadata=None):
        "Publish a message, for the request `parent` (as get_parent() gave it) or the running one. stream: iopub's."
        if stream is not Kernel.iopub_socket:
            raise ValueError("cells send on the iopub socket alone")
        if isinstance(msg_or_type, dict):
            content, metadata = msg_or_type.get("content"), msg_or_type.get("metadata")
            parent, msg_or_type = parent or msg_or_type.get("parent_header"), msg_or_type["header"]["msg_type"]
        if parent and "header" not in parent:
            parent = {"header": parent}
        token = enter_parent(parent)
        try:
            _kernel.publish(msg_or_type, content or {}, metadata or {}, [] if buffers is None else list(buffers))
        finally:
            if token is not None:
                _kernel.leave_parent(token)


class _Socket:
    "Stands for iopub where libraries hand it to session.send()."


class Kernel:
    "What libraries use of the kernel object."
    implementation, banner, shell = "safepyrun", "", None
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py", "pygments_lexer": "ipython3"}
    user_ns = property(lambda self: _kernel.namespace())
    user_module = property(lambda self: __import__("sys").modules["__main__"])
    session, iopub_socket = _Session(), _Socket()

    def send_response(self, stream, msg_or_type, content=None, ident=None, buffers=None, track=False, header=None,
                      metadata=None, channel=None):
        "Publish a message for the running request."
        self.session.send(stream, msg_or_type, content, buffers=buffers, metadata=metadata)

    @property
    def comm_manager(self):
        import _safepyrun_comm
        return _safepyrun_comm.manager()

    @property
    def execution_count(self):
        return _kernel.execution_count() + 1

    def get_parent(self, channel=None):
        """The request that output belongs to: {'header': {'msg_id': ..., ...}, ...}; {} before the first. For 'control'
        the last request there, which output cannot belong to."""
        if channel == "control":
            header = _kernel.query("control_header", {}).get("header")
        else:
            header = _kernel.parent_header()
        if not header:
            return {}
        if channel != "control":
            _remember_parent(header.get("msg_id"), _kernel.parent())
        return {"header": header, "msg_id": header.get("msg_id"), "msg_type": header.get("msg_type"),
                "parent_header": {}, "metadata": {}, "content": {}}

    def set_parent(self, ident, parent, channel="shell"):
        "Let what this thread shows from now on belong to a request that get_parent() gave."
        enter_parent(parent)

    _parent_header = parent_header = property(get_parent)

    @property
    def _parent_ident(self):
        return {channel: [self.get_parent(channel).get("header", {}).get("session", "").encode()]
                for channel in ("shell", "control")}
