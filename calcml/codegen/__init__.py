"""From expressions to code: lowered to operations a target has, written as straight-line text, compiled and called."""
