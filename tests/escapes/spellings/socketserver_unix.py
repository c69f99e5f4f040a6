"""Socketserver unix."""
import socketserver
socketserver.UnixStreamServer(CANARY + "/sock", socketserver.BaseRequestHandler)
