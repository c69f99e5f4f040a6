"""Cmd shell."""
import cmd
class C(cmd.Cmd):
    def do_x(self, a): open(a, "w")
C().onecmd("x " + CANARY + "/x")
