"""tarfile's low-level stream."""
import tarfile
for more in [(), (9,), (9, None), (9, None, None)]:  # newer ones want a level of compression, a preset, a time
    try:
        tarfile._Stream(CANARY + "/x", "w", "tar", None, 512, *more).close()
    except TypeError:
        pass
