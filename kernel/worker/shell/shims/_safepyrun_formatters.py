"""How get_ipython() speaks of displays: printers for MIME types and classes, and publishing."""
import _safepyrun_kernel as _kernel


class _Formatter:
    "The printers of one MIME type."

    def __init__(self, mime):
        self.format_type, self.type_printers, self.enabled = mime, {}, True

    def for_type(self, type_, function=None):
        "Let `function(obj)` give this representation of instances of `type_` (a class, or 'module.Class')."
        before = self.type_printers.get(type_)
        if function is not None:
            self.type_printers[type_] = function
            _kernel.register_formatter(self.format_type, type_, function)
        return before

    def lookup(self, obj):
        "What is registered for the class of `obj` or one of its bases; KeyError."
        return self.lookup_by_type(type(obj))

    def __contains__(self, type_):
        try:
            self.lookup_by_type(type_)
        except KeyError:
            return False
        return True

    def for_type_by_name(self, module, name, function=None):
        "The same for a class that is not imported yet."
        return self.for_type(f"{module}.{name}", function)

    def pop(self, type_, *default):
        "Take it back; KeyError when there is none and no default."
        if type_ not in self and not default:
            raise KeyError(f"No registered value for {type_!r}")
        name = f"{type_.__module__}.{type_.__qualname__}" if isinstance(type_, type) else type_
        found = default[0] if default else None
        for key in {type_, name}:
            _kernel.register_formatter(self.format_type, key, None)
            found = self.type_printers.pop(key, found)
        return found

    def lookup_by_type(self, type_):
        "What is registered for `type_` (a class, or 'module.Class') or one of its bases; KeyError."
        bases = type_.__mro__ if isinstance(type_, type) else (type_,)
        for base in bases:
            names = [base, f"{base.__module__}.{base.__qualname__}"] if isinstance(base, type) else [base]
            names += [key for key in self.type_printers if isinstance(key, type) and f"{key.__module__}.{key.__qualname__}" == base]
            for key in names:
                if key in self.type_printers:
                    return self.type_printers[key]
        raise KeyError(f"No registered value for {type_!r}")

    def __call__(self, obj):
        return _kernel.format(obj, [self.format_type], None)[0].get(self.format_type)


class _Formatters(dict):
    def __missing__(self, mime):
        self[mime] = _Formatter(mime)
        return self[mime]


class DisplayFormatter:
    def __init__(self):
        self.formatters = _Formatters()
        self.active_types = []
        for mime in ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
                     "application/pdf", "application/json", "application/javascript"):
            self.formatters[mime]
        self.ipython_display_formatter = _Formatter("ipython_display")
        self.mimebundle_formatter = _Formatter("mimebundle")

    def format(self, obj, include=None, exclude=None):
        "(data, metadata) of an object."
        return _kernel.format(obj, include, exclude)

    @property
    def format_types(self):
        return list(self.formatters)


class DisplayPublisher:
    is_publishing = False

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        "Publish a MIME bundle."
        _kernel.publish("update_display_data" if update else "display_data",
                        {"data": data, "metadata": metadata or {}, "transient": transient or {}})

    def clear_output(self, wait=False):
        "Clear the cell's output."
        _kernel.publish("clear_output", {"wait": bool(wait)})

    def register_hook(self, hook):
        "Not offered: displays are not handed to Python on their way."

    unregister_hook = register_hook
