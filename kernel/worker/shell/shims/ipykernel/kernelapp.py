"""Where libraries look for the kernel's application."""
from _safepyrun_kernel import get_ipython


class IPKernelApp:
    "The application: there is one, and it runs."
    name = "safepyrun-kernel"

    @classmethod
    def initialized(cls):
        "Is there one? Always."
        return True

    @classmethod
    def instance(cls, *args, **kwargs):
        "The one object."
        return _app

    @property
    def kernel(self):
        "The kernel object, as get_ipython().kernel."
        return get_ipython().kernel

    @property
    def shell(self):
        "The shell, as get_ipython()."
        return get_ipython()


def launch_new_instance(*args, **kwargs):
    "There is a kernel already: raises RuntimeError."
    raise RuntimeError("a kernel is running: no other can be started in it")


_app = IPKernelApp()
