"""A class method of TarFile opens for writing."""
import tarfile
tarfile.TarFile.gzopen(CANARY + "/x.tgz", "w").close()
