"""Html template."""
import string
class T(string.Template):
    def __getattribute__(self, n): return super().__getattribute__(n)
T("$a").substitute({"a": open(CANARY + "/x", "w")})
