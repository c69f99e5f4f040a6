"""URLopener deletes its temporary files when it is finalized.

host: True
"""
import urllib.request, warnings
warnings.simplefilter("ignore")
u = urllib.request.URLopener()
u._URLopener__tempfiles.append(CANARY + "/victim")
