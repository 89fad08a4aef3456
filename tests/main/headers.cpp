// Nothing: the precompiled header is made for a file that uses it, and main.cpp cannot.
