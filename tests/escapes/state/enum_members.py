"""The members of an enumeration of the library.

state: "EVIL" in __import__("http").HTTPStatus.__members__
"""
import http
http.HTTPStatus._member_map_["EVIL"] = http.HTTPStatus.OK
