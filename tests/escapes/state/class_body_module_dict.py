"""The class body is a module's namespace that json reads names from.

state: __import__("keyword").iskeyword == 5
"""
import keyword
def prepare(name, bases): return keyword.__dict__
class Meta:
    __prepare__ = staticmethod(prepare)
    def __call__(self, *args): return 5
class C(metaclass=Meta()):
    iskeyword = 5
