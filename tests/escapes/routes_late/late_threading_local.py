"""An object in a thread's locals is finalized with the thread."""
import threading, urllib.request, warnings
warnings.simplefilter("ignore")
l = threading.local()
u = urllib.request.URLopener()
u._URLopener__tempfiles.append(CANARY + "/victim")
l.u = u
del u
