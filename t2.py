import calcml as cm, sys
from calcml.stable import *
x=cm.symbols("x")
for t in sys.argv[1:]:
    f=cm.parse(t); print(t,' -> ',stabilise(f)); print('    d:',stable_derivative(f,x))
