"A frontend that debugs: what JupyterLab and VS Code send, for the tests of the debugger."
CODE = """\
def f(a, b):
    c = a + b
    return c

f(2, 3)"""


class Debugging:
    "A frontend that debugs: requests on control, events from iopub."

    def __init__(self, kernel):
        self.kernel, self.sequence, self.others = kernel, 0, []

    def send(self, command, arguments=None):
        self.sequence += 1
        return self.kernel.request("debug_request", {"type": "request", "seq": self.sequence, "command": command,
                                                     "arguments": arguments or {}}, "control")

    def ask(self, command, **arguments):
        msg_id = self.send(command, arguments)
        reply = self.kernel.reply("control", timeout=20)
        assert reply["msg_type"] == "debug_reply" and reply["parent_header"]["msg_id"] == msg_id, reply
        content = reply["content"]
        assert (content.get("type"), content.get("command"), content.get("request_seq")) == ("response", command, self.sequence), content
        return content

    def body(self, command, **arguments):
        content = self.ask(command, **arguments)
        assert content["success"], str(content)
        return content.get("body")

    def attach(self):
        self.body("initialize", clientID="test", adapterID="", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        self.body("attach")

    def break_at(self, code, *lines, **more):
        "Breakpoints in a cell; the path that it has."
        path = self.body("dumpCell", code=code)["sourcePath"]
        points = self.body("setBreakpoints", source={"path": path}, sourceModified=False,
                           breakpoints=[{"line": line, **more} for line in lines])["breakpoints"]
        assert all(point["verified"] for point in points), points
        self.body("configurationDone")
        return path

    def event(self, name):
        "The body of the next such event."
        while True:
            message = self.kernel.client.get_iopub_msg(timeout=20)
            if message["msg_type"] == "debug_event" and message["content"]["event"] == name:
                return message["content"].get("body", {})
            self.others.append(message)

    def stop(self, code, *lines, **more):
        "Run the cell up to its breakpoint; the frames there."
        self.break_at(code, *lines, **more)
        self.cell = self.kernel.client.execute(code, allow_stdin=False)
        self.event("stopped")
        return self.frames()

    def frames(self, thread=1):
        return self.body("stackTrace", threadId=thread)["stackFrames"]

    def names(self, frame, scope):
        scopes = self.body("scopes", frameId=frame["id"])["scopes"]
        reference = next(s["variablesReference"] for s in scopes if s["name"] == scope)
        return {v["name"]: v for v in self.body("variables", variablesReference=reference)["variables"]}

    def evaluate(self, expression, frame=None, context="repl"):
        more = {"frameId": frame["id"]} if frame else {}
        return self.ask("evaluate", expression=expression, context=context, **more)

    def go_on(self, code=None):
        "Continue to the end of the cell; its reply."
        self.body("continue", threadId=1)
        reply = self.kernel.reply(timeout=20)
        self.others = self.kernel.published(reply["parent_header"]["msg_id"], 20)
        return reply["content"]
