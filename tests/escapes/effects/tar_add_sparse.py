"""A tar writes itself into the other folder."""
import tarfile
tarfile.TarFile(CANARY + "/x.tar", "w").close()
