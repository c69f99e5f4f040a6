"""Webbrowser background."""
import webbrowser
webbrowser.BackgroundBrowser(["touch", CANARY + "/x"]).open("x")
__import__("time").sleep(0.2)
