"""Socket unix bind."""
import socket
socket.socket(socket.AF_UNIX).bind(CANARY + "/sock")
