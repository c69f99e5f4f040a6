"""tarfile's own open by descriptors."""
import tarfile
tarfile._LowLevelFile(CANARY + "/x", "w").write(b"x")
