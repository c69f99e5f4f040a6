"""An attribute of a host's enumeration's member.

state: getattr(__import__("http").HTTPStatus.OK, "phrase", 0) == 5
"""
import http
http.HTTPStatus.OK.phrase = 5
