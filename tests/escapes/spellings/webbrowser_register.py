"""Webbrowser register."""
import webbrowser
webbrowser.GenericBrowser(["touch", CANARY + "/x"]).open("x"); open(CANARY + "/x", "w")
