"""A module of the library has os as an attribute."""
import fnmatch, linecache
(linecache if hasattr(linecache, "os") else fnmatch).os.mkdir(CANARY + "/x")
