def test_x(sandbox):
    assert sandbox.value("x = 1\nx + 1") == "2"
    assert sandbox.refusal("import os\nos.unlink('x')").callable == "os.unlink"
