"""An array of objects that are finalized."""
import urllib.request, warnings
warnings.simplefilter("ignore")
class U(urllib.request.URLopener): pass
u = U()
u._URLopener__tempfiles.append(CANARY + "/victim")
