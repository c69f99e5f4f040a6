"""Tarfile's command line."""
import tarfile, sys
sys.argv[1:] = ["-c", CANARY + "/z.tar", CANARY + "/victim"]
tarfile.main()
