"""abc.abstractmethod marks a function of the host's.

state: getattr(__import__("textwrap").dedent, "__isabstractmethod__", False)
"""
import abc, textwrap
abc.abstractmethod(textwrap.dedent)
