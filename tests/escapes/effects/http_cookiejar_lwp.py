"""An LWP cookie jar saves itself."""
import http.cookiejar
http.cookiejar.LWPCookieJar().save(CANARY + "/cookies")
