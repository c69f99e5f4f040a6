"""Showing things: display() and the classes whose objects show themselves."""
import base64 as _base64
import html as _html
import json as _json
import os as _os
import sys as _sys

import _safepyrun_kernel as _kernel

__all__ = ["display", "display_pretty", "display_html", "display_markdown", "display_svg", "display_png", "display_jpeg", "display_latex", "display_json",
           "display_javascript", "display_pdf", "update_display", "clear_output", "publish_display_data", "DisplayHandle", "DisplayObject",
           "TextDisplayObject", "Pretty", "HTML", "Markdown", "Math", "Latex", "SVG", "JSON", "GeoJSON", "Javascript", "Image", "IFrame", "Audio", "Video",
           "YouTubeVideo", "VimeoVideo", "ScribdDocument", "FileLink", "FileLinks", "Code", "ProgressBar", "set_matplotlib_formats", "set_matplotlib_close"]


def publish_display_data(data, metadata=None, *, transient=None, update=False, **kwargs):
    """Publish a MIME bundle. data, metadata: dicts by MIME type; transient: dict; update: of an earlier display."""
    shell = _sys.modules.get("_safepyrun_shell")
    publisher = shell and shell.shell.display_pub
    if publisher and type(publisher) is not shell.DisplayPublisher:  # capture_output()
        publisher.publish(data=data, metadata=metadata or {}, transient=transient or {}, update=update)
        return
    _kernel.publish("update_display_data" if update else "display_data",
                    {"data": data, "metadata": metadata or {}, "transient": transient or {}})


def _new_id():
    return _os.urandom(16).hex()


def display(*objs, include=None, exclude=None, metadata=None, transient=None, display_id=None, raw=False, clear=False,
            **kwargs):
    """Show objects, each by the representations it has.

    include, exclude: MIME types to take or to leave; metadata: dict added to the bundle's; display_id: str, or True for a
    new one: then a DisplayHandle is returned that can update the display; raw: objs are MIME bundles; clear: clear the
    output first.
    """
    transient = dict(transient or {})
    if display_id is not None:
        if display_id is True:
            display_id = _new_id()
        transient["display_id"] = display_id
    if kwargs.pop("update", False):
        update = True
        if "display_id" not in transient:
            raise TypeError("display_id is required to update a display")
    else:
        update = False
    if clear:
        clear_output(wait=True)
    if not objs and display_id:  # an empty place that is updated later
        objs, raw = ({},), True
    for obj in objs:
        if raw:
            data, extra = obj, {}
        else:
            data, extra = _kernel.format(obj, include, exclude)
            if not data:
                continue
        if metadata:
            extra = {**extra, **metadata}
        publish_display_data(data, extra, transient=transient, update=update)
    return DisplayHandle(display_id) if display_id is not None else None


def _display_as(mime):
    def show(*objs, **kwargs):
        if kwargs.pop("raw", False):
            objs, kwargs["raw"] = [{mime: obj} for obj in objs], True
        else:
            kwargs["include"] = {mime}
        display(*objs, **kwargs)
    show.__doc__ = f"Show objects by what they give as {mime}; raw: objs are that already."
    return show


display_pretty, display_html, display_markdown = map(_display_as, ("text/plain", "text/html", "text/markdown"))
display_svg, display_png, display_jpeg = map(_display_as, ("image/svg+xml", "image/png", "image/jpeg"))
display_latex, display_json = map(_display_as, ("text/latex", "application/json"))
display_javascript, display_pdf = map(_display_as, ("application/javascript", "application/pdf"))


def update_display(obj, *, display_id, **kwargs):
    "Show `obj` in the place of the display with that id."
    display(obj, display_id=display_id, update=True, **kwargs)


def clear_output(wait=False):
    "Clear the cell's output; wait: only when new output comes."
    _kernel.publish("clear_output", {"wait": bool(wait)})


class DisplayHandle:
    "A display that can be updated. display_id: str."

    def __init__(self, display_id=None):
        self.display_id = display_id or _new_id()

    def __repr__(self):
        return f"<{type(self).__name__} display_id={self.display_id}>"

    def display(self, obj, **kwargs):
        "Show `obj` under this id."
        display(obj, display_id=self.display_id, **kwargs)

    def update(self, obj, **kwargs):
        "Show `obj` in its place."
        update_display(obj, display_id=self.display_id, **kwargs)


def set_matplotlib_formats(*formats, **kwargs):
    "The formats of inline figures: 'png', 'retina', 'jpeg', 'svg', 'pdf'."
    import safepyrun_backend_inline
    safepyrun_backend_inline.set_formats(formats)
    safepyrun_backend_inline.configure("print_figure_kwargs", kwargs)


def set_matplotlib_close(close=True):
    "Whether figures are closed at the end of each cell."
    import safepyrun_backend_inline
    safepyrun_backend_inline.configure("close_figures", close)


class DisplayObject:
    """Base of the classes that hold what they show.

    data: str or bytes; url: where to load it from (http(s) is read once); filename: a file to read.
    """
    _read_flags = "r"
    _show_mem_addr = False
    metadata = None

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if isinstance(data, _os.PathLike):
            data = _os.fspath(data)
        if url is None and filename is None and isinstance(data, str):
            if data.startswith(("http://", "https://")):
                url, filename, data = data, None, None
            elif self._data_may_be_a_file(data):
                filename, data = data, None
        self.url, self.filename, self.data = url, filename, data
        if metadata is not None:
            self.metadata = metadata
        elif self.metadata is None:
            self.metadata = {}
        self.reload()
        self._check_data()

    def _data_may_be_a_file(self, data):
        return False

    def _check_data(self):
        pass

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__name__} object>"

    def reload(self):
        "Read the file or the address again."
        if self.filename is not None:
            with open(self.filename, self._read_flags, **({} if "b" in self._read_flags else {"encoding": "utf-8"})) as file:
                self.data = file.read()
        elif self.url is not None and self.data is None:
            from urllib.request import urlopen
            with urlopen(self.url) as answer:
                data = answer.read()
            self.data = data if "b" in self._read_flags else data.decode("utf-8")

    def _data_and_metadata(self):
        return (self.data, dict(self.metadata)) if self.metadata else self.data


class TextDisplayObject(DisplayObject):
    "Base of those that hold text. Raises TypeError for other data."

    def _check_data(self):
        if self.data is not None and not isinstance(self.data, str):
            raise TypeError(f"{type(self).__name__} expects text, not {self.data!r}")


class Pretty(TextDisplayObject):
    "Shows plain text as it is."

    def _repr_pretty_(self, pp, cycle):
        pp.text(self.data)


class HTML(TextDisplayObject):
    "Shows HTML."

    def _repr_html_(self):
        return self._data_and_metadata()

    def __html__(self):
        return self._repr_html_()


class Markdown(TextDisplayObject):
    "Shows Markdown."

    def _repr_markdown_(self):
        return self._data_and_metadata()


class Latex(TextDisplayObject):
    "Shows LaTeX."

    def _repr_latex_(self):
        return self._data_and_metadata()


class Math(TextDisplayObject):
    "Shows a formula in LaTeX."

    def _repr_latex_(self):
        text = "$\\displaystyle %s$" % self.data.strip("$")
        return (text, dict(self.metadata)) if self.metadata else text


class SVG(DisplayObject):
    "Shows an SVG picture."
    _read_flags = "r"

    def _data_may_be_a_file(self, data):
        return "<" not in data and _os.path.isfile(data)

    def _repr_svg_(self):
        data = self.data.decode("utf-8") if isinstance(self.data, bytes) else self.data or ""
        from xml.dom.minidom import parseString
        try:
            return parseString(data).getElementsByTagName("svg")[0].toxml()
        except Exception:  # no XML, or no picture in it
            return data[max(data.find("<svg"), 0):]


class JSON(DisplayObject):
    "Shows a dict or list as a tree. expanded: bool; root: str."

    def __init__(self, data=None, url=None, filename=None, expanded=False, metadata=None, root="root", **kwargs):
        self.metadata = {"expanded": expanded, "root": root, **(metadata or {}), **kwargs}
        super().__init__(data=data, url=url, filename=filename)

    def _check_data(self):
        if isinstance(self.data, str):
            self.data = _json.loads(self.data)
        if self.data is not None and not isinstance(self.data, (dict, list)):
            raise TypeError(f"{type(self).__name__} expects a dict or a list, not {self.data!r}")

    def _repr_json_(self):
        return self._data_and_metadata()


class GeoJSON(JSON):
    "Shows GeoJSON on a map."

    def _ipython_display_(self):
        bundle = {"application/geo+json": self.data, "text/plain": "<IPython.display.GeoJSON object>"}
        display(bundle, metadata={"application/geo+json": self.metadata}, raw=True)


class Javascript(TextDisplayObject):
    "Runs JavaScript in the page. lib, css: addresses (str or list) to load first."

    def __init__(self, data=None, url=None, filename=None, lib=None, css=None):
        self.lib = [lib] if isinstance(lib, str) else list(lib or ())
        self.css = [css] if isinstance(css, str) else list(css or ())
        super().__init__(data=data, url=url, filename=filename)

    def _repr_javascript_(self):
        load = "".join('var link = document.createElement("link"); link.rel = "stylesheet"; link.type = "text/css"; '
                       f'link.href = {_json.dumps(address)}; document.head.appendChild(link);\n' for address in self.css)
        for address in self.lib:
            load += (f'new Promise(function(resolve, reject) {{ var script = document.createElement("script"); script.onload = '
                     f'resolve; script.onerror = reject; script.src = {_json.dumps(address)}; document.head.appendChild(script); '
                     "}).then(() => {\n")
        return load + (self.data or "") + "\n});" * len(self.lib)


_IMAGE_STARTS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8": "jpeg", b"GIF8": "gif", b"RIFF": "webp"}
_IMAGE_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


def _image_size(data, kind):
    "(width, height) in pixels, or (None, None)."
    if kind == "png":
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if kind == "gif":
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return None, None


class Image(DisplayObject):
    """Shows a picture.

    data: bytes, a file's name or an address; format: 'png', 'jpeg', 'gif' or 'webp' (found out from the data); embed: keep the
    data in the notebook (the default unless there is an address); width, height: pixels; retina: half the size; alt: str.
    """
    _read_flags = "rb"

    def __init__(self, data=None, url=None, filename=None, format=None, embed=None, width=None, height=None, retina=False,
                 unconfined=False, metadata=None, alt=None):
        if isinstance(data, _os.PathLike):
            data = _os.fspath(data)
        if isinstance(data, str) and data.startswith(("http://", "https://")) and url is None:
            url, data = data, None
        name = filename or url or (data if isinstance(data, str) else None)
        if format is None and name:
            format = {"jpg": "jpeg", "jpeg": "jpeg", "png": "png", "gif": "gif", "webp": "webp"}.get(
                name.rsplit(".", 1)[-1].lower().partition("?")[0])
        self.embed = embed if embed is not None else url is None
        self.width, self.height, self.retina, self.unconfined, self.alt = width, height, retina, unconfined, alt
        self.format = format.lower() if format else None
        super().__init__(data=data, url=url, filename=filename, metadata=metadata or {})

    def _data_may_be_a_file(self, data):
        return True

    def reload(self):
        if self.embed:
            super().reload()

    def _check_data(self):
        if isinstance(self.data, (bytes, bytearray)):
            found = next((kind for start, kind in _IMAGE_STARTS.items() if bytes(self.data).startswith(start)), None)
            self.format = found or self.format or "png"
            if self.retina and not (self.width or self.height):
                width, height = _image_size(self.data, self.format)
                if width:
                    self.width, self.height = width // 2, height // 2
        elif self.embed and self.data is not None:
            raise TypeError(f"Image expects bytes, a file or an address, not {self.data!r}")
        if self.format is None:
            self.format = "png"
        if self.embed and self.format not in _IMAGE_TYPES:
            raise ValueError(f"cannot embed the image format {self.format!r}")

    def _size(self):
        size = {name: getattr(self, name) for name in ("width", "height", "alt") if getattr(self, name)}
        if self.unconfined:
            size["unconfined"] = True
        return {**size, **self.metadata}

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.embed:
            kind = _IMAGE_TYPES[self.format]
            size = self._size()
            return {kind: _base64.b64encode(self.data).decode()}, {kind: size} if size else {}
        return {"text/html": self._repr_html_()}, {}

    def _repr_html_(self):
        if self.embed:
            return None
        attributes = "".join(f' {name}="{_html.escape(str(value))}"' for name, value in
                             (("width", self.width), ("height", self.height), ("alt", self.alt)) if value)
        return f'<img src="{_html.escape(self.url)}"{attributes}/>'


class IFrame:
    "Shows a page. src: its address; width, height: pixels; other keywords go into the address."

    def __init__(self, src, width, height, extras=None, **kwargs):
        self.src, self.width, self.height, self.extras, self.params = src, width, height, extras or [], kwargs

    def _repr_html_(self):
        from urllib.parse import urlencode
        address = _html.escape(str(self.src)) + ("?" + urlencode(self.params) if self.params else "")
        return f"""
        <iframe
            width="{_html.escape(str(self.width))}"
            height="{_html.escape(str(self.height))}"
            src="{address}"
            frameborder="0"
            allowfullscreen
            referrerpolicy="strict-origin-when-cross-origin"
            {" ".join(self.extras)}
        ></iframe>
        """


class YouTubeVideo(IFrame):
    "Shows a film of YouTube by its id."

    def __init__(self, id, width=400, height=300, allow_autoplay=False, **kwargs):
        self.id = id
        if allow_autoplay:
            kwargs["autoplay"] = 1
        super().__init__(f"https://www.youtube.com/embed/{id}", width, height, **kwargs)


class VimeoVideo(IFrame):
    "Shows a film of Vimeo by its id."

    def __init__(self, id, width=400, height=300, **kwargs):
        self.id = id
        super().__init__(f"https://player.vimeo.com/video/{id}", width, height, **kwargs)


class ScribdDocument(IFrame):
    "Shows a document of Scribd by its id."

    def __init__(self, id, width=400, height=300, **kwargs):
        self.id = id
        super().__init__(f"https://www.scribd.com/embeds/{id}/content", width, height, **kwargs)


class Audio(DisplayObject):
    """Plays a sound. data: bytes, a file's name, an address, or samples (a sequence or array, with `rate` in Hz)."""
    _read_flags = "rb"

    def __init__(self, data=None, filename=None, url=None, embed=None, rate=None, autoplay=False, normalize=True, *,
                 element_id=None):
        self.embed = True if embed is None and url is None else bool(embed)
        self.autoplay, self.element_id, self.mimetype = autoplay, element_id, "audio/wav"
        if data is not None and not isinstance(data, (str, bytes, _os.PathLike)):
            if rate is None:
                raise ValueError("rate must be specified when data is an array of samples")
            data = _wave(data, rate, normalize)
        super().__init__(data=data, url=url, filename=filename)
        name = self.filename or self.url
        if name:
            import mimetypes
            self.mimetype = mimetypes.guess_type(name)[0] or "audio/wav"

    def _data_may_be_a_file(self, data):
        return True

    def reload(self):
        if self.embed:
            super().reload()

    def _repr_html_(self):
        source = self.url
        if self.embed and isinstance(self.data, bytes):
            source = f"data:{self.mimetype};base64,{_base64.b64encode(self.data).decode()}"
        identity = f'id="{self.element_id}"' if self.element_id else ""
        autoplay = 'autoplay="autoplay"' if self.autoplay else ""
        return f"""
                <audio {identity} controls="controls" {autoplay}>
                    <source src="{source or ""}" type="{self.mimetype}" />
                    Your browser does not support the audio element.
                </audio>
              """


def _wave(samples, rate, normalize):
    "Samples, or channels of samples, as the bytes of a WAV file."
    import array
    import io
    import wave
    rows = samples.tolist() if hasattr(samples, "tolist") else list(samples)
    channels = rows if rows and isinstance(rows[0], (list, tuple)) else [rows]
    top = max((abs(value) for channel in channels for value in channel), default=0) or 1
    scale = 32767 / (top if normalize or top > 1 else 1)
    frames = array.array("h", (int(channel[i] * scale) for i in range(len(channels[0])) for channel in channels))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(frames.tobytes())
    return file.getvalue()


class Video(DisplayObject):
    "Shows a film. data: bytes, a file's name or an address; embed: keep it in the notebook."
    _read_flags = "rb"

    def __init__(self, data=None, url=None, filename=None, embed=False, mimetype=None, width=None, height=None,
                 html_attributes="controls"):
        if isinstance(data, str) and url is None and filename is None:
            url, data = (data, None) if data.startswith(("http://", "https://")) or not embed else (None, data)
        self.embed, self.mimetype, self.width, self.height = embed, mimetype, width, height
        self.html_attributes = html_attributes
        super().__init__(data=data, url=url, filename=filename)

    def _data_may_be_a_file(self, data):
        return True

    def reload(self):
        if self.embed:
            super().reload()

    def _repr_html_(self):
        import mimetypes
        width, height = (f' {name}="{value}"' if value else "" for name, value in (("width", self.width), ("height", self.height)))
        if not self.embed:
            source = _html.escape(self.url if self.url is not None else self.filename or "")
            return f"""<video src="{source}" {self.html_attributes} {width} {height}>
      Your browser does not support the <code>video</code> element.
    </video>"""
        kind = self.mimetype or mimetypes.guess_type(self.filename or "")[0] or "video/mp4"
        data = self.data if isinstance(self.data, str) else _base64.b64encode(self.data).decode()
        return f"""<video {self.html_attributes} {width} {height}>
 <source src="data:{kind};base64,{data}" type="{kind}">
 Your browser does not support the video tag.
 </video>"""


class FileLink:
    "A link to a file. path: str or Path; url_prefix, result_html_prefix, result_html_suffix: str."

    def __init__(self, path, url_prefix="", result_html_prefix="", result_html_suffix="<br>"):
        self.path = _os.fspath(path)
        if _os.path.isdir(self.path):
            raise ValueError(f"{self.path} is a directory: use FileLinks")
        self.url_prefix, self.prefix, self.suffix = url_prefix, result_html_prefix, result_html_suffix

    def _repr_html_(self):
        if not _os.path.exists(self.path):
            return f"Path (<tt>{_html.escape(self.path)}</tt>) doesn't exist. It may still be in the process of being generated, or you may have the incorrect path."
        address = _html.escape(self.url_prefix + self.path)
        return f"{self.prefix}<a href='{address}' target='_blank'>{_html.escape(self.path)}</a>{self.suffix}"

    def __repr__(self):
        return _os.path.abspath(self.path)


class FileLinks(FileLink):
    "Links to the files of a directory. included_suffixes: list of str; recursive: bool."

    def __init__(self, path, url_prefix="", included_suffixes=None, result_html_prefix="", result_html_suffix="<br>",
                 recursive=True):
        if _os.path.isfile(path):
            raise ValueError(f"{path} is a file: use FileLink")
        self.path, self.url_prefix = _os.fspath(path).rstrip("/"), url_prefix
        self.prefix, self.suffix, self.included, self.recursive = result_html_prefix, result_html_suffix, included_suffixes, recursive

    def _files(self):
        for folder, folders, files in _os.walk(self.path):
            folders.sort()
            for file in sorted(files):
                if self.included is None or _os.path.splitext(file)[1] in self.included:
                    yield _os.path.join(folder, file)
            if not self.recursive:
                return

    def _repr_html_(self):
        return self.path + "/<br>\n" + "\n".join(
            f"&nbsp;&nbsp;{self.prefix}<a href='{_html.escape(self.url_prefix + file)}' target='_blank'>"
            f"{_html.escape(_os.path.basename(file))}</a>{self.suffix}" for file in self._files())

    def __repr__(self):
        return "\n".join(self._files())


class Code(TextDisplayObject):
    "Shows source code. language: a name that Pygments knows (found out from the file's name)."

    def __init__(self, data=None, url=None, filename=None, language=None):
        self.language = language
        super().__init__(data=data, url=url, filename=filename)

    def _repr_html_(self):
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
        except ImportError:
            return f"<pre>{_html.escape(self.data)}</pre>"
        lexer = (get_lexer_by_name(self.language) if self.language else
                 get_lexer_for_filename(self.filename) if self.filename else get_lexer_by_name("python"))
        formatter = HtmlFormatter()
        return f"<style>{formatter.get_style_defs('.output_html')}</style>{highlight(self.data, lexer, formatter)}"

    def __repr__(self):
        return self.data


class ProgressBar:
    "A bar that shows how far a loop is. total: int; iterate over it, or set `progress`."

    def __init__(self, total):
        self.total, self._progress, self._display_id = total, 0, _new_id()
        self.html_width, self.text_width = "60ex", 60

    def __repr__(self):
        done = int(self._progress / self.total * self.text_width) if self.total else 0
        return f"[{'=' * done}{' ' * (self.text_width - done)}] {self._progress}/{self.total}"

    def _repr_html_(self):
        return f"<progress style='width:{self.html_width}' max='{self.total}' value='{self._progress}'></progress>"

    def display(self):
        "Show the bar."
        display(self, display_id=self._display_id)

    def update(self):
        "Show how far it is now."
        display(self, display_id=self._display_id, update=True)

    @property
    def progress(self):
        return self._progress

    @progress.setter
    def progress(self, value):
        self._progress = value
        self.update()

    def __iter__(self):
        self.display()
        self._progress = -1
        return self

    def __next__(self):
        self.progress += 1
        if self.progress < self.total:
            return self.progress
        raise StopIteration


# Saved notebooks and pickles name these classes where IPython defines them.
import IPython.core.display  # noqa: E402
import IPython.lib.display  # noqa: E402
for _class in [value for value in list(globals().values()) if isinstance(value, type)]:
    if _class is DisplayHandle:
        continue
    _lib = _class.__name__ in IPython.lib.display.__all__
    _class.__module__ = "IPython.lib.display" if _lib else "IPython.core.display"
