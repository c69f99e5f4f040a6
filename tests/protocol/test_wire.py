"""Messages that no frontend should send: nothing changes, the kernel says why on stderr, and goes on."""
import json
import uuid

import pytest
from jupyter_client.session import DELIM

from raw_kernel import wait_until


def header(msg_type="execute_request", **fields):
    return {"msg_id": uuid.uuid4().hex, "session": "s", "username": "u", "date": "2026-01-01T00:00:00Z",
            "msg_type": msg_type, "version": "5.3", **fields}


EXECUTE = {"code": "touched = True", "silent": False, "store_history": True, "user_expressions": {},
           "allow_stdin": False, "stop_on_error": True}


@pytest.fixture(autouse=True)
def unchanged(raw):
    "Around each test: the next cell has the next number, nothing was run, and nothing stray came."
    before = raw.run("touched = False").reply["execution_count"]
    yield
    assert raw.alive
    after = raw.run("touched")
    assert after.plain == "False" and {m["msg_type"] for m in after.others} <= {"iopub_welcome"}
    assert after.reply["execution_count"] == before + 1


def is_dropped(raw, reason):
    "Assert that the log says `reason` anew, and that no answer came."
    said = raw.log.count(reason)

    def check(send):
        send()
        assert wait_until(lambda: raw.log.count(reason) > said), raw.log
        raw.assert_silent()
    return check


def is_refused(raw, send, reply_type="execute_reply", channel="shell"):
    "Assert an error reply between busy and idle; the error's text."
    send()
    reply = raw.reply(channel)
    assert reply["msg_type"] == reply_type and reply["content"]["status"] == "error"
    messages = raw.published(reply["parent_header"]["msg_id"])
    assert [m["content"].get("execution_state") for m in messages] == ["busy", "idle"]
    return reply["content"]["evalue"]


# ---- signatures

@pytest.mark.parametrize("signature, reason", [
    (b"0" * 64, "invalid signature"), (b"", "unsigned"), (b"ab", "wrong length"), (b"x" * 64, "not hexadecimal"),
    (b"0" * 63 + b"\xff", "not hexadecimal"), (b"0" * 1_000_000, "wrong length")])
def test_a_forged_signature(raw, signature, reason):
    is_dropped(raw, reason)(lambda: raw.send_parts(header(), content=EXECUTE, signature=signature))


def test_a_signature_of_other_content(raw):
    parts = [json.dumps(part).encode() for part in (header(), {}, {}, {**EXECUTE, "code": "1"})]
    signature = raw.client.session.sign(parts)
    is_dropped(raw, "invalid signature")(
        lambda: raw.send_parts(*parts[:3], content=EXECUTE, signature=signature))


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_a_replayed_message(raw, channel):
    message = header("kernel_info_request")
    raw.send_parts(message, channel=channel)
    assert raw.reply(channel)["content"]["status"] == "ok"
    raw.published(message["msg_id"])
    is_dropped(raw, "replayed signature")(lambda: raw.send_parts(message, channel=channel))


def test_a_message_replayed_on_another_channel(raw):
    message = header("kernel_info_request")
    raw.send_parts(message)
    raw.reply()
    raw.published(message["msg_id"])
    is_dropped(raw, "replayed signature")(lambda: raw.send_parts(message, channel="control"))


# ---- frames

@pytest.mark.parametrize("frames, reason", [
    ([b""], "no delimiter"), ([b"x"] * 40, "no delimiter"), ([DELIM], "truncated"), ([DELIM, b""], "truncated"),
    ([DELIM, b"", b"{}", b"{}", b"{}"], "truncated"), ([b"i", DELIM, b"0" * 64, b"{}"], "truncated"),
    ([DELIM] * 7, "wrong length")])
@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
def test_frames_that_are_no_message(raw, channel, frames, reason):
    is_dropped(raw, reason)(
        lambda: getattr(raw.client, f"{channel}_channel").socket.send_multipart(frames))


@pytest.mark.parametrize("bad, reason", [
    (b"\xff\xfe{}", "not a JSON object"), (b"", "not a JSON object"), (b"{", "not a JSON object"),
    (b"[]", "not a JSON object"), (b"null", "not a JSON object"), (b'"text"', "not a JSON object"),
    (b'{"a": "\xff"}', "not a JSON object"), (b'{"a": NaN}', "not a JSON object"),
    (b"{}{}", "not a JSON object"),
    (b'{"a":' * 100_000, "nested too deeply"), (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deeply")])
@pytest.mark.parametrize("part", ["header", "parent", "metadata", "content"])
def test_parts_that_are_no_object(raw, part, bad, reason):
    parts = {"header": header(), "parent": {}, "metadata": {}, "content": EXECUTE, part: bad}
    is_dropped(raw, f"{'parent_header' if part == 'parent' else part} is {reason}")(lambda: raw.send_parts(**parts))


@pytest.mark.parametrize("value", [b'"\\ud800"', b"1e999999", b"99999999999999999999999999", b'{"\\u0000": 1}', b'"\\udc00\\ud800"'])
@pytest.mark.parametrize("part", ["header", "parent", "metadata", "content"])
def test_json_that_c_cannot_hold(raw, part, value):
    """Given JSON with numbers and halves of characters that frontends do send, then the request is answered as any other."""
    message = header()
    parts = {"header": message, "parent": {}, "metadata": {}, "content": {**EXECUTE, "code": "1", "silent": True}}
    parts[part] = json.dumps({**parts[part], "extra": 0}).encode().replace(b'"extra": 0', b'"extra": ' + value)
    raw.send_parts(**parts)
    assert raw.reply()["content"]["status"] == "ok"
    raw.published(message["msg_id"])


@pytest.mark.parametrize("msg_type, content, status", [
    ("execute_request", {"code": "'\ud800'", "store_history": False}, "error"), ("complete_request", {"code": "x\ud800", "cursor_pos": 10 ** 30}, "ok"),
    ("inspect_request", {"code": "\ud800", "cursor_pos": 1}, "ok"), ("is_complete_request", {"code": "'\ud800'"}, None),
    ("history_request", {"hist_access_type": "tail", "n": 10 ** 30, "raw": True, "output": False}, "ok"),
    ("comm_info_request", {"target_name": "\ud800"}, "ok")])
def test_fields_that_c_cannot_hold(raw, msg_type, content, status):
    """Given such a value in a field that counts, then there is a reply."""
    message = header(msg_type=msg_type)
    raw.send_parts(message, content=content)
    reply = raw.reply()["content"]
    assert status in (None, reply["status"])
    raw.published(message["msg_id"])


def test_a_hundred_levels_are_fine(raw):
    nested = json.loads("[" * 100 + "]" * 100)
    message = header()
    raw.send_parts(message, metadata={"deep": nested}, content={**EXECUTE, "code": "1", "silent": True, "deep": nested})
    assert raw.reply()["content"]["status"] == "ok"
    raw.published(message["msg_id"])


@pytest.mark.parametrize("fields", [
    {"msg_id": None}, {"msg_id": 5}, {"msg_id": []}, {"msg_type": None}, {"msg_type": 5}, {"msg_type": {}},
    {"msg_type": "execute\0request"}])
def test_a_header_without_what_an_answer_needs(raw, fields):
    is_dropped(raw, "header lacks msg_type or msg_id")(lambda: raw.send_parts(header(**fields), content=EXECUTE))


@pytest.mark.parametrize("fields", [
    {"session": None}, {"session": 7}, {"username": []}, {"date": 0}, {"date": "yesterday"}, {"version": {}},
    {"version": "99"}, {"extra": [1, {"b": None}]}, {"msg_id": "é\"\\\n" * 50}, {"subshell_id": None},
    {"subshell_id": ""}])
def test_a_header_with_odd_fields_is_answered_as_it_came(raw, fields):
    message = header(**fields)
    raw.send_parts(message, content={**EXECUTE, "code": "1", "silent": True})
    socket = raw.client.shell_channel.socket
    assert socket.poll(10_000)
    frames = socket.recv_multipart()
    assert json.loads(frames[frames.index(DELIM) + 3]) == message
    wait_for_idle(raw)


def wait_for_idle(raw):
    while raw.client.get_iopub_msg(timeout=10)["content"].get("execution_state") != "idle":
        pass


def test_an_unknown_channel_for_a_type(raw):
    "Requests of the shell on control are answered there."
    raw.request("is_complete_request", {"code": "1"}, channel="control")
    reply = raw.reply("control")
    assert reply["msg_type"] == "is_complete_reply" and reply["content"]["status"] == "complete"
    raw.published(reply["parent_header"]["msg_id"])


def test_200_megabytes(raw):
    message = header()
    raw.send_parts(message, content={**EXECUTE, "code": "len('" + "x" * 200_000_000 + "')", "silent": True})
    assert raw.reply(timeout=120)["content"]["status"] == "ok"
    raw.published(message["msg_id"], timeout=60)


# ---- types

def test_unknown_requests_get_an_error(raw):
    said = raw.log.count("unknown message type")
    assert "unknown" in is_refused(raw, lambda: raw.request("launch_rocket_request"), "launch_rocket_reply")
    assert "unknown" in is_refused(raw, lambda: raw.request("boil_request", channel="control"), "boil_reply", "control")
    assert raw.log.count("unknown message type") == said + 2


@pytest.mark.parametrize("msg_type", ["", "x" * 10_000, "execute_reply", "_request", "EXECUTE_REQUEST",
                                      "execute_request ", "évaluer_request", "%s%n_request", "input_reply"])
@pytest.mark.parametrize("channel", ["shell", "control"])
def test_unknown_types_leave_busy_and_idle_balanced(raw, channel, msg_type):
    message = header(msg_type)
    raw.send_parts(message, content=EXECUTE, channel=channel)
    states = [m["content"]["execution_state"] for m in raw.published(message["msg_id"])]
    assert states == ["busy", "idle"] and "unknown message type" in raw.log
    socket = getattr(raw.client, f"{channel}_channel").socket
    while socket.poll(100):  # an error, if any
        assert raw.reply(channel)["content"]["status"] == "error"


WRONG = [None, True, -1, 1.5, "text", [], ["x", 1], {}, {"x": 1}, 10 ** 15]
FIELDS = {
    "execute_request": {**EXECUTE, "code": "1", "silent": True},
    "complete_request": {"code": "im", "cursor_pos": 2},
    "inspect_request": {"code": "int", "cursor_pos": 3, "detail_level": 0},
    "is_complete_request": {"code": "1"},
    "comm_info_request": {"target_name": "t"},
    "history_request": {"output": False, "raw": True, "hist_access_type": "range", "session": 0, "start": 0, "stop": 1,
                        "n": 1, "pattern": "*", "unique": False},
    "kernel_info_request": {"x": 1},
    "connect_request": {"x": 1},
    "interrupt_request": {"x": 1},
    "delete_subshell_request": {"subshell_id": "none"},
    "list_subshell_request": {"x": 1},
    "debug_request": {"type": "request", "command": "debugInfo", "seq": 1, "arguments": {}},
}


@pytest.mark.parametrize("msg_type, field", [(t, f) for t, fields in FIELDS.items() for f in fields
                                             if f != "silent"])  # see test_a_malformed_execute_is_refused
def test_every_field_with_every_type(raw, msg_type, field):
    for wrong in (*WRONG, KeyError):  # the last: without the field
        content = {**FIELDS[msg_type], field: wrong}
        if wrong is KeyError:
            del content[field]
        channel = "control" if msg_type.startswith(("interrupt", "debug", "delete", "list")) else "shell"
        msg_id = raw.request(msg_type, content, channel)
        reply = raw.reply(channel)
        assert reply["msg_type"] == msg_type.replace("_request", "_reply")
        assert reply["parent_header"]["msg_id"] == msg_id
        assert reply["content"].get("status") in ("ok", "error", "complete", "incomplete", "invalid", "unknown") \
            or reply["content"]["type"] == "response"
        messages = raw.published(msg_id)
        assert [m["content"].get("execution_state") for m in messages] == ["busy", "idle"], (wrong, messages)


@pytest.mark.parametrize("content", [
    {}, {"code": None}, {"code": 5}, {"code": ["1"]}, {**EXECUTE, "silent": "no"}, {**EXECUTE, "store_history": 0},
    {**EXECUTE, "allow_stdin": []}, {**EXECUTE, "stop_on_error": "yes"}])
def test_a_malformed_execute_is_refused(raw, content):
    assert ("must be" if content else "is missing") in is_refused(raw, lambda: raw.request("execute_request", content))


def test_a_malformed_execute_between_good_ones(raw):
    "It is answered; the others run, as sent."
    ids = [raw.client.execute("n = 1", silent=True), raw.request("execute_request", {"code": 5}),
           raw.client.execute("n += 1", silent=True)]
    replies = {reply["parent_header"]["msg_id"]: reply["content"]["status"] for reply in (raw.reply() for _ in ids)}
    assert [replies[i] for i in ids] == ["ok", "error", "ok"]
    raw.published(ids[-1])


@pytest.mark.parametrize("msg_type, content", [
    ("comm_open", {}), ("comm_open", {"comm_id": 5, "target_name": [], "data": None}), ("comm_msg", {"comm_id": "none"}),
    ("comm_msg", {"comm_id": None, "data": 5}), ("comm_close", {}), ("comm_open", {"comm_id": "c", "target_name": "none"})])
def test_malformed_comm_messages(raw, msg_type, content):
    states = [m for m in raw.published(raw.request(msg_type, content)) if m["msg_type"] == "status"]
    assert [m["content"]["execution_state"] for m in states] == ["busy", "idle"]


@pytest.mark.parametrize("content", [{}, {"value": 5}, {"value": None}, {"value": ["x"]}, {"value": "unasked"}])
def test_input_that_was_not_asked_for(raw, content):
    is_dropped(raw, "dropped")(lambda: raw.request("input_reply", content, "stdin"))


def test_requests_on_stdin_are_not_run(raw):
    is_dropped(raw, "message on stdin dropped")(lambda: raw.request("execute_request", EXECUTE, "stdin"))


def test_buffers_of_an_execute_are_ignored(raw):
    message = header()
    raw.send_parts(message, content={**EXECUTE, "code": "1", "silent": True}, buffers=[b"x" * 100_000] * 500)
    assert raw.reply()["content"]["status"] == "ok"
    raw.published(message["msg_id"])


def test_more_buffers_than_anybody_sends(raw):
    message = header()
    raw.send_parts(message, content={**EXECUTE, "code": "1", "silent": True}, buffers=[b""] * 5000)
    assert "buffers" in raw.reply()["content"]["evalue"]
    raw.published(message["msg_id"])


def test_garbage_on_the_ports(raw):
    import socket
    for channel in ("shell", "control", "iopub", "stdin", "hb"):
        with socket.create_connection((raw.info["ip"], raw.info[f"{channel}_port"])) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n" + bytes(range(256)) * 100)


@pytest.mark.parametrize("channel", ["shell", "control", "iopub", "stdin", "hb"])
def test_a_frame_larger_than_any_message(raw, channel):
    """Given a peer that announces a frame of 100 GB, then it is hung up on; one of 1 GB may go on."""
    import socket
    greeting = b"\xff" + b"\0" * 8 + b"\x7f\x03\0" + b"NULL".ljust(20, b"\0") + b"\0" * 32
    peer = {"iopub": b"SUB", "hb": b"REQ"}.get(channel, b"DEALER")
    ready = b"\x05READY\x0bSocket-Type" + len(peer).to_bytes(4, "big") + peer
    for size, ends in ((1 << 30, False), (100 << 30, True)):
        with socket.create_connection((raw.info["ip"], raw.info[f"{channel}_port"])) as plain:
            plain.sendall(greeting + b"\x04" + bytes([len(ready)]) + ready + b"\x02" + size.to_bytes(8, "big"))
            plain.settimeout(5 if ends else 0.3)
            try:
                while plain.recv(4096):
                    pass
                ended = True
            except ConnectionResetError:
                ended = True
            except TimeoutError:
                ended = False
        assert ended is ends, size


def test_subscribing_to_nonsense(raw):
    import zmq
    socket = raw.context.socket(zmq.SUB)
    socket.connect(raw.address("iopub"))
    for topic in (b"\xff" * 300, b"\0", b'"}\\'):
        socket.subscribe(topic)
    socket.close(0)
