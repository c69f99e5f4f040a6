"""How get_ipython() speaks of displays: printers for MIME types and classes, and publishing."""
import _safepyrun_kernel as _kernel


class _Formatter:
    "The printers of one MIME type."

    def __init__(self, mime):
        self.format_type, self.type_printers, self._enabled = mime, {}, True

    @property
    def enabled(self):
        "Is this representation made?"
        return self._enabled

    @enabled.setter
    def enabled(self, on):
        self._enabled = bool(on)
        _kernel.show_type(self.format_type, self._enabled)

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


class _TextFormatter(_Formatter):
    "The same of text/plain, with its settings."
    verbose, newline, float_format, singleton_printers = False, "\n", "%r", {}

    def __init__(self):
        super().__init__("text/plain")
        self._width, self._items, self._laid_out, self._precision = 79, 1000, True, ""

    def _apply(self):
        _kernel.text_settings(self._width, self._items, not self._laid_out)

    @property
    def max_width(self):
        "Columns of a line."
        return self._width

    @max_width.setter
    def max_width(self, columns):
        _kernel.text_settings(columns, self._items, not self._laid_out)
        self._width = columns

    @property
    def max_seq_length(self):
        "How many items of a container are shown; 0: all."
        return self._items

    @max_seq_length.setter
    def max_seq_length(self, count):
        _kernel.text_settings(self._width, count, not self._laid_out)
        self._items = count

    @property
    def pprint(self):
        "Are values laid out over lines? Else it is their repr()."
        return self._laid_out

    @pprint.setter
    def pprint(self, on):
        self._laid_out = bool(on)
        self._apply()

    @property
    def float_precision(self):
        "A number of digits, a % format, or '' for repr()."
        return self._precision

    @float_precision.setter
    def float_precision(self, wanted):
        text, digits = str(wanted).strip(), None
        format_ = text or "%r"
        if text.isdigit():
            digits, format_ = int(text), f"%.{int(text)}f"
        try:
            if "%" not in format_:
                raise ValueError
            format_ % 3.14159
        except (TypeError, ValueError):
            raise ValueError(f"Precision must be int or format string, not {text!r}") from None
        if format_ == "%r":
            self.pop(float, None)
        else:
            self.for_type(float, lambda value, printer, cycle: printer.text(format_ % value))
        self.float_format, self._precision = format_, text
        _numpy_precision(8 if digits is None else digits)


def _numpy_precision(digits):
    import sys
    if "numpy" in sys.modules:
        sys.modules["numpy"].set_printoptions(precision=digits)


class _Formatters(dict):
    def __missing__(self, mime):
        self[mime] = _TextFormatter() if mime == "text/plain" else _Formatter(mime)
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

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, buffers=None, **kwargs):
        "Publish a MIME bundle, with binary buffers beside it."
        _kernel.publish("update_display_data" if update else "display_data",
                        {"data": data, "metadata": metadata or {}, "transient": transient or {}}, None, list(buffers) if buffers else None)

    def clear_output(self, wait=False):
        "Clear the cell's output."
        _kernel.publish("clear_output", {"wait": bool(wait)})

    def register_hook(self, hook):
        "Not offered: displays are not handed to Python on their way."

    unregister_hook = register_hook
