"""Socket low bind."""
import _socket
_socket.socket(_socket.AF_UNIX).bind(CANARY + "/sock")
