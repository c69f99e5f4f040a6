# %% re_docs
import re
m = re.match(r"(?P<first>\w+) (?P<last>\w+)", "Malcolm Reynolds")
print(m.group("first"), m.groupdict(), m.groups(), m.span(), m.start(2), m["last"], m.expand(r"\2 \1"), m.lastgroup)
print(re.split(r"\W+", "Words, words, words."), re.findall(r"\bf[a-z]*", "which foot or hand fell fastest"), re.sub(r"(\w+) (\w+)", r"\2 \1", "a b"))
def dashrepl(m): return " " if m.group(0) == "-" else "-"
print(re.sub("-{1,2}", dashrepl, "pro----gram-files"), re.subn("a", "b", "aa"), re.escape("a.b"), re.fullmatch("a+", "aaa"))
p = re.compile(r"""\d +  # the integral part
 \. \d *""", re.X | re.I)
print(p.match("3.14"), p.flags, p.pattern, p.groups, [x.group() for x in re.finditer(r"\d", "a1b2")], re.search("(?<=abc)def", "abcdef"))
class Token(__import__("typing").NamedTuple):
    type: str
    value: str
def tokenize(code):
    spec = [("NUMBER", r"\d+(\.\d*)?"), ("ASSIGN", r":="), ("ID", r"[A-Za-z]+"), ("OP", r"[+\-*/]"), ("SKIP", r"[ \t]+"), ("MISMATCH", r".")]
    for mo in re.finditer("|".join("(?P<%s>%s)" % pair for pair in spec), code):
        if mo.lastgroup != "SKIP": yield Token(mo.lastgroup, mo.group())
try: re.compile("(")
except re.error as e: print(e, e.pos)
list(tokenize("x := 3.5 * y"))
# %% json_docs
import json, io
print(json.dumps(["foo", {"bar": ("baz", None, 1.0, 2)}]), json.dumps({"c": 0, "b": 0}, sort_keys=True, indent=4), json.dumps([1, 2], separators=(",", ":")))
buf = io.StringIO(); json.dump(["io"], buf)
class ComplexEncoder(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, complex): return [o.real, o.imag]
        return super().default(o)
def as_complex(d): return complex(d["real"], d["imag"]) if "__complex__" in d else d
import decimal
print(buf.getvalue(), json.dumps(2 + 1j, cls=ComplexEncoder), json.loads('{"__complex__": true, "real": 1, "imag": 2}', object_hook=as_complex))
print(json.loads("1.1", parse_float=decimal.Decimal), json.load(io.StringIO('["x"]')), json.dumps({1, }, default=list), list(ComplexEncoder().iterencode([1j])))
try: json.loads("{bad")
except json.JSONDecodeError as e: print(e, e.lineno)
json.JSONDecoder().raw_decode("[1] tail"), json.loads("[1,2]", object_pairs_hook=list), json.dumps("é", ensure_ascii=False)
# %% csv_docs
import csv, io
with open("../data/table.csv", newline="") as f:
    rows = list(csv.reader(f))
with open("../data/table.csv", newline="") as f:
    dicts = [dict(r) for r in csv.DictReader(f)]
out = io.StringIO()
w = csv.writer(out, delimiter="|", quotechar='"', quoting=csv.QUOTE_MINIMAL)
w.writerow(["a", "b|c", 1]); w.writerows([[1, 2], [3, 4]])
dw = csv.DictWriter(out, fieldnames=["x", "y"], extrasaction="ignore"); dw.writeheader(); dw.writerow({"x": 1, "y": 2, "z": 3})
csv.register_dialect("unix2", delimiter=";")
print(rows, dicts, out.getvalue(), list(csv.reader(["a;b"], "unix2")), csv.Sniffer().sniff("a,b\n1,2\n").delimiter, "unix2" in csv.list_dialects())
class D(csv.excel): delimiter = ":"
list(csv.reader(["p:q"], D()))
# %% html_docs
import html
from html.parser import HTMLParser
from html.entities import name2codepoint
class P(HTMLParser):
    def __init__(self): super().__init__(); self.out = []
    def handle_starttag(self, tag, attrs): self.out.append(("start", tag, attrs))
    def handle_endtag(self, tag): self.out.append(("end", tag))
    def handle_data(self, data): self.out.append(("data", data))
    def handle_comment(self, d): self.out.append(("comment", d))
p = P(); p.feed("<html><a href='x'>T &amp; U</a><!-- c --><br/></html>"); p.close()
p.out, html.escape("<a&\">"), html.unescape("&gt;&#62;"), name2codepoint["gt"], p.getpos()
# %% textwrap_string_difflib
import textwrap, string, difflib
text = "The quick brown fox jumped over the lazy dog. " * 2
print(textwrap.fill(text, 30, initial_indent="* ", subsequent_indent="  "), textwrap.wrap(text, 20)[:2], textwrap.shorten(text, 20, placeholder="..."), textwrap.dedent("  a\n   b"), textwrap.indent("a\nb", "> "))
print(string.Template("$who likes ${what}").substitute(who="tim", what="kung pao"), string.Template("$x $y").safe_substitute(x=1), string.capwords("a b"), string.ascii_letters, string.punctuation, string.Formatter().format("{0} {a}", 1, a=2))
class MyF(string.Formatter):
    def get_value(self, k, a, kw): return kw.get(k, f"<{k}>") if isinstance(k, str) else a[k]
class T2(string.Template): delimiter = "%"
print(MyF().format("{x} {0}", 5), T2("%a").substitute(a=1), list(string.Formatter().parse("a{b!r:>3}")))
s = difflib.SequenceMatcher(lambda x: x == " ", "private Thread currentThread;", "private volatile Thread currentThread;")
print(round(s.ratio(), 3), s.get_matching_blocks(), s.get_opcodes(), difflib.get_close_matches("appel", ["ape", "apple", "peach"]))
a, b = "one\ntwo\nthree\n".splitlines(True), "ore\ntree\nemu\n".splitlines(True)
print("".join(difflib.ndiff(a, b)), "".join(difflib.unified_diff(a, b, "x", "y")), "".join(difflib.context_diff(a, b)), len(difflib.HtmlDiff().make_file(a, b)) > 100, "".join(difflib.restore(difflib.ndiff(a, b), 1)))
textwrap.TextWrapper(width=10, drop_whitespace=True).wrap("aaa bbb ccc ddd")
# %% unicodedata_codecs_locale
import unicodedata, codecs, locale, io
print(unicodedata.lookup("LEFT CURLY BRACKET"), unicodedata.name("/"), unicodedata.decimal("9"), unicodedata.category("A"), unicodedata.bidirectional("\u0660"), unicodedata.normalize("NFD", "é").encode(), unicodedata.combining("\u0301"), unicodedata.east_asian_width("a"))
print(codecs.encode("abc", "rot13"), codecs.decode(b"616263", "hex"), codecs.lookup("utf8").name, codecs.BOM_UTF8, codecs.getencoder("ascii")("a"), list(codecs.iterdecode([b"\xc3", b"\xa9"], "utf8")))
with codecs.open("../data/text.txt", "r", "utf-8") as f: print(f.readline())
dec = codecs.getincrementaldecoder("utf-8")(); print(repr(dec.decode(b"\xc3")), dec.decode(b"\xa9"))
r = codecs.getreader("utf-8")(io.BytesIO(b"x\ny")); print(r.readlines())
print("é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"))
locale.getlocale() is not None, locale.localeconv()["decimal_point"], locale.format_string("%d", 1234), locale.strcoll("a", "b"), locale.atof("1.5"), locale.getpreferredencoding(False) != ""
# %% struct_binascii_base64
import struct, binascii, base64
print(struct.pack(">bhl", 1, 2, 3), struct.unpack(">bhl", b"\x01\x00\x02\x00\x00\x00\x03"), struct.calcsize("<ihq"), list(struct.iter_unpack("<H", b"\1\0\2\0")))
s = struct.Struct("<I2s"); b = bytearray(10); s.pack_into(b, 2, 7, b"hi"); print(b, s.unpack_from(b, 2), s.size, s.format)
print(binascii.hexlify(b"ab"), binascii.unhexlify("6162"), binascii.crc32(b"hello"), binascii.b2a_base64(b"x"), binascii.crc_hqx(b"a", 0))
try: binascii.unhexlify("zz")
except binascii.Error as e: print(e)
base64.b64encode(b"data to be encoded"), base64.b64decode("ZGF0YQ=="), base64.urlsafe_b64encode(b"\xff\xfe"), base64.b32encode(b"a"), base64.b85encode(b"abc"), base64.a85decode(base64.a85encode(b"q")), base64.b16encode(b"z")
# %% shlex_pprint_reprlib
import shlex, pprint, reprlib
print(shlex.split("ls -l 'some file' \"x y\""), shlex.quote("it's"), shlex.join(["echo", "a b"]), list(shlex.shlex("a && b", punctuation_chars=True)))
stuff = {"spam": ["eggs", "lumberjack" * 4, {"k": list(range(20))}], "z": (1, 2)}
pprint.pprint(stuff, width=40, depth=2); pprint.pp({"b": 1, "a": 2})
import io; b = io.StringIO(); pprint.pprint([1], stream=b); pprint.PrettyPrinter(indent=4, compact=True).pprint(stuff)
r = reprlib.Repr(); r.maxlist = 2
class R:
    @reprlib.recursive_repr()
    def __repr__(self): return f"<{self.me!r}>"
x = R(); x.me = x
pprint.pformat(stuff, sort_dicts=False), b.getvalue(), reprlib.repr(list(range(100))), r.repr([1, 2, 3]), x, pprint.isreadable([1]), pprint.saferepr("a")
# %% stringio_bytesio
import io
s = io.StringIO("a\nb\n"); print(s.readline(), s.read(), s.seek(0), s.tell(), list(s)); s.write("more"); print(s.getvalue())
b = io.BytesIO(b"abc"); b.seek(1); b.write(b"X"); print(b.getvalue(), b.getbuffer().nbytes, b.read1(1))
t = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n"); t.write("é"); t.flush(); print(t.buffer.getvalue(), t.encoding)
br = io.BufferedReader(io.BytesIO(b"line\nx")); print(br.peek(2)[:2], br.readline())
class Raw(io.RawIOBase):
    def readable(self): return True
    def readinto(self, b): b[:1] = b"z"; return 0
class Up(io.TextIOBase):
    def __init__(self): self.l = []
    def write(self, s): self.l.append(s.upper()); return len(s)
u = Up(); print("hi", file=u)
from contextlib import redirect_stdout
with redirect_stdout(io.StringIO()) as f: print("captured"); help
u.l, f.getvalue(), Raw().read(), io.DEFAULT_BUFFER_SIZE, io.SEEK_END, isinstance(s, io.IOBase)
# %% email_mailbox
import email, mailbox
from email.message import EmailMessage
from email.mime.text import MIMEText
from email.mime.multipart import MIMEMultipart
from email import policy
from email.parser import BytesParser, Parser
from email.utils import parseaddr, formataddr, parsedate_to_datetime, format_datetime
from email.header import Header, decode_header
m = EmailMessage(); m["Subject"] = "Hello é"; m["From"] = "a@x.org"; m["To"] = "b@x.org, c@x.org"; m.set_content("body\n"); m.add_attachment(b"data", maintype="application", subtype="octet-stream", filename="f.bin")
print([p.get_content_type() for p in m.walk()], m["to"].addresses[1].username, m.get_body().get_content(), [a.get_filename() for a in m.iter_attachments()], len(m.as_bytes()) > 100)
msg = email.message_from_string("Subject: =?utf-8?q?caf=C3=A9?=\nX: 1\n\nbody"); del msg["X"]; msg["Y"] = "2"
mp = MIMEMultipart(); mp.attach(MIMEText("t")); mp["Subject"] = "s"
with mailbox.mbox("../data/mail.mbox", create=False) if False else open("../data/mail.mbox", "rb") as f: print(BytesParser(policy=policy.default).parse(f)["subject"])
parseaddr("Bob <b@x>"), formataddr(("A", "a@b")), parsedate_to_datetime("Mon, 01 Jan 2024 00:00:00 +0000"), decode_header(msg["Subject"]), str(Header("é", "utf-8")), msg.items(), Parser().parsestr("A: b\n\n")["a"], mp.is_multipart()
# %% mailbox_reading
import mailbox
box = mailbox.mbox("../data/mail.mbox", create=False)
[(k, m["subject"], m.get_payload()) for k, m in box.items()], len(box), box[0].get_from() is not None
# %% xml_docs
import xml.etree.ElementTree as ET, xml.dom.minidom, xml.sax, io
from xml.sax.saxutils import escape, quoteattr
root = ET.parse("../data/xml.xml" if False else "../data/data.xml").getroot()
print(root.tag, [(i.get("id"), i.text) for i in root.findall("item")], root.find("./item[@id='2']").text, len(root))
e = ET.SubElement(root, "new", {"k": "v"}); e.text = "t"; e.set("z", "1"); e.attrib["y"] = "2"; root.remove(root[0]); e.tail = "x"
ET.indent(root)
print(ET.tostring(root, encoding="unicode"), [x.tag for x in root.iter()], [ev for ev, _ in ET.iterparse(io.StringIO("<a><b/></a>"), ["start", "end"])])
buf = io.BytesIO(); ET.ElementTree(root).write(buf, xml_declaration=True, encoding="utf-8")
d = xml.dom.minidom.parseString("<a x='1'><b>t</b></a>"); el = d.createElement("c"); el.setAttribute("q", "r"); d.documentElement.appendChild(el)
print(d.toprettyxml(indent=" "), d.getElementsByTagName("b")[0].firstChild.data)
class H(xml.sax.ContentHandler):
    def __init__(self): super().__init__(); self.log = []
    def startElement(self, name, attrs): self.log.append((name, dict(attrs)))
    def characters(self, c): self.log.append(c)
h = H(); xml.sax.parseString(b"<a k='v'>t</a>", h)
try: ET.fromstring("<a>")
except ET.ParseError as err: print(err.position)
xp = ET.XMLPullParser(["end"]); xp.feed("<r><s/></r>")
import xml.parsers.expat
xpat = xml.parsers.expat.ParserCreate(); seen = []; xpat.StartElementHandler = lambda n, a: seen.append(n); xpat.Parse("<q/>", True)
h.log, escape("<&"), quoteattr("a\"b"), [e.tag for _, e in xp.read_events()], seen, ET.canonicalize("<a  b='1'/>")
# %% configparser_tomllib_argparse
import configparser, tomllib, argparse, io
c = configparser.ConfigParser(); c.read("../data/conf.ini")
c["new"] = {"a": "1", "b": "%(a)s2"}; c["new"]["flag"] = "yes"; c.add_section("s"); c.set("s", "k", "v"); c.read_string("[t]\nx = 1.5\n"); c.read_dict({"u": {"k": 1}})
buf = io.StringIO(); c.write(buf)
with open("../data/data.toml", "rb") as f: toml = tomllib.load(f)
print(c.sections(), c["server"]["port"], c.getint("server", "port"), c["new"]["b"], c["new"].getboolean("flag"), c.getfloat("t", "x"), c.has_option("s", "k"), c.get("s", "zz", fallback="fb"), toml, tomllib.loads("a = 1979-05-27"))
p = argparse.ArgumentParser(prog="prog", description="d"); p.add_argument("n", type=int, nargs="+", help="ints"); p.add_argument("--sum", dest="acc", action="store_const", const=sum, default=max); p.add_argument("-v", "--verbose", action="count", default=0); p.add_argument("--c", choices=["a", "b"])
class Act(argparse.Action):
    def __call__(self, parser, ns, values, option=None): setattr(ns, self.dest, values.upper())
p.add_argument("--up", action=Act)
g = p.add_mutually_exclusive_group(); g.add_argument("--x", action="store_true"); g.add_argument("--y", action="store_false")
a = p.parse_args(["1", "2", "--sum", "-vv", "--up", "q"]); print(a, a.acc(a.n)); p.print_usage(); p.print_help()
sp = argparse.ArgumentParser(prog="g"); subs = sp.add_subparsers(dest="cmd"); add = subs.add_parser("add"); add.add_argument("f"); add.set_defaults(func=lambda ns: ns.f * 2)
ns = sp.parse_args(["add", "z"])
import contextlib
try:
    with contextlib.redirect_stderr(io.StringIO()) as err: p.parse_args(["--nope"])
except SystemExit as e: print("exit", e.code, err.getvalue()[-60:])
ns.func(ns), p.parse_known_args(["1", "--zz"])[1], buf.getvalue()
# %% calendar_datetime_time
import datetime as dt, calendar, time, zoneinfo
d = dt.date(2024, 2, 29); t = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc)
class TZ(dt.tzinfo):
    def utcoffset(self, d): return dt.timedelta(hours=2)
    def dst(self, d): return dt.timedelta(0)
    def tzname(self, d): return "TZ2"
class MyDate(dt.date):
    def quarter(self): return (self.month - 1) // 3 + 1
print(d.isoformat(), d + dt.timedelta(days=1), d.weekday(), d.isocalendar(), d.replace(year=2020), (d - dt.date(2024, 1, 1)).days, t.strftime("%Y-%m-%d %H:%M:%S %Z"), dt.datetime.strptime("21/11/06 16:30", "%d/%m/%y %H:%M"), t.astimezone(TZ()), t.timestamp(), dt.datetime.fromisoformat("2011-11-04T00:05:23+04:00"))
print(MyDate(2024, 5, 1).quarter(), t.astimezone(zoneinfo.ZoneInfo("America/New_York")), zoneinfo.ZoneInfo("Europe/Paris").key, "UTC" in zoneinfo.available_timezones(), dt.time(1, 2), dt.timedelta(hours=1) * 2 / dt.timedelta(minutes=30), dt.date.fromordinal(1), dt.datetime.combine(d, dt.time(5)), dt.date.today() <= dt.date.max, dt.datetime.now(dt.timezone.utc).tzinfo)
print(calendar.month(2024, 2), calendar.isleap(2024), calendar.monthrange(2024, 2), calendar.TextCalendar(6).formatmonth(2024, 1), len(calendar.HTMLCalendar().formatyear(2024)) > 99, calendar.timegm((1970, 1, 2, 0, 0, 0)), list(calendar.Calendar().itermonthdays(2024, 2))[:5], calendar.day_name[0])
time.time() > 0, time.monotonic() > 0, time.perf_counter_ns() > 0, time.gmtime(0).tm_year, time.strftime("%Y", time.gmtime(0)), time.sleep(0), time.strptime("30 Nov 00", "%d %b %y").tm_yday, time.mktime(time.localtime(86400)), time.process_time() >= 0, time.ctime(0)[-4:], time.timezone is not None
# %% urllib_ipaddress
from urllib.parse import urlparse, urljoin, urlencode, parse_qs, parse_qsl, quote, unquote, quote_plus, urlsplit, urlunparse, urldefrag
import ipaddress, urllib.request, urllib.error, urllib.robotparser, http, http.client, http.cookies
u = urlparse("http://user:pw@docs.python.org:80/3/library/urllib.parse.html?highlight=params&x=1#url-parsing")
print(u, u.hostname, u.port, u._replace(fragment="").geturl(), urljoin("http://a/b/c", "../d"), urlencode({"a": 1, "b": [1, 2]}, doseq=True), parse_qs("a=1&a=2"), parse_qsl("x=y"), quote("/El Niño/"), unquote("%20"), quote_plus("a b&"), urlunparse(("s", "n", "p", "", "", "")), urldefrag("x#y"))
n = ipaddress.ip_network("192.0.2.0/28"); print(ipaddress.ip_address("192.168.0.1").is_private, list(n.hosts())[:2], n.num_addresses, n.netmask, ipaddress.ip_address("::1") , ipaddress.IPv4Address("10.0.0.1") + 5, ipaddress.ip_interface("10.0.0.1/8").network, n.subnet_of(ipaddress.ip_network("192.0.2.0/24")), list(n.subnets(prefixlen_diff=1)), ipaddress.summarize_address_range(ipaddress.ip_address("10.0.0.0"), ipaddress.ip_address("10.0.0.3")) is not None)
r = urllib.request.Request("http://localhost/x", headers={"A": "b"}, method="GET"); r.add_header("C", "d")
c = http.cookies.SimpleCookie(); c["k"] = "v"; c["k"]["path"] = "/"
r.get_method(), r.header_items(), r.host, http.HTTPStatus.NOT_FOUND, http.HTTPStatus(200).phrase, c.output(), http.client.responses[404], urllib.error.HTTPError("u", 404, "m", {}, None).code
