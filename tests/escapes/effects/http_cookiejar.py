"""A cookie jar saves itself."""
import http.cookiejar
http.cookiejar.MozillaCookieJar(CANARY + "/cookies").save()
