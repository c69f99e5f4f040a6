"""zipfile.Path makes the archive."""
import zipfile
p = zipfile.Path(zipfile.ZipFile(CANARY + "/y.zip", mode="x"))
(p / "a").open("w").close()
