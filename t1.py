import time, calcml as cm, tomllib
from benchmarks.truths import *
x=cm.symbols('x')
for t in ["1-cos(x)","(1-cos(x))/x^2","log(1+exp(x))","exp(x)/(1+exp(x))","x*tanh(log(1 + exp(x)))","x/2*(1 + erf(x/sqrt(2)))","abs(x)","log((1 + erf(x/sqrt(2)))/2)","1-exp(-exp(x))","x-sin(x)"]:
    f=cm.parse(t)
    s=time.time()
    for p in (0.0,1e-300,-1e5,1e300,-1e300):
        r=compute(f,x,{x:p}); 
        pass;print(t,p,*[None if v is None else mpmath.nstr(v,12) for v in r])
    print(time.time()-s)
