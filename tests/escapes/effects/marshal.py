"""Marshal: the effect lies outside of ok_dests."""
import marshal
exec(marshal.loads(marshal.dumps(compile(f"open({CANARY + '/w'!r}, 'w')", "x", "exec"))))
