"""Functions in C that <math.h> lacks and a formula does not give: series, recurrences, any number of arguments."""

from __future__ import annotations

C_HELPERS: dict[str, tuple[tuple[str, ...], str]] = {  # name: what it calls, its text
    "mod": ((), """\
static double mod(double a, double b)  /* remainder with the sign of b */
{
    const double rest = fmod(a, b);
    return rest != 0.0 && (rest < 0.0) != (b < 0.0) ? rest + b : rest;
}
"""),
    "erfcx": ((), """\
static double erfcx(double x)  /* exp(x^2)*erfc(x): DLMF 7.12.1 for large x */
{
    if (x > 12.0) {
        const double t = 0.5/x/x;
        double total = 1.0;
        for (int k = 23; k > 0; k -= 2)
            total = 1.0 - k*t*total;
        return 0.5641895835477563*total/x;
    }
    const double head = rint(x*65536.0)/65536.0;
    return exp(head*head)*exp((x - head)*(x + head))*erfc(x);
}
"""),
    "digamma": ((), """\
static double digamma(double x)  /* recurrence, asymptotic series (DLMF 5.11.2), reflection */
{
    static const double b[] = {1.0/12, -1.0/120, 1.0/252, -1.0/240, 1.0/132, -691.0/32760, 1.0/12};
    double extra = 0.0, total = 0.0;
    if (x <= 0.0) {
        if (x == floor(x))
            return NAN;
        extra = -3.141592653589793/tan(3.141592653589793*(x - rint(x)));
        x = 1.0 - x;
    }
    for (; x < 10.0; x += 1.0)
        extra -= 1.0/x;
    const double t = 1.0/x/x;
    for (int k = 6; k >= 0; --k)
        total = (total + b[k])*t;
    return extra + log(x) - 0.5/x - total;
}
"""),
    "rest": ((), """\
static double rest(const double *values, int count, int *top)  /* the sum of exp(value - largest) over the others */
{
    double total = 0.0;
    *top = 0;
    for (int i = 1; i < count; ++i)
        if (values[i] > values[*top] || isnan(values[i]))
            *top = i;
    for (int i = 0; i < count; ++i)
        if (i != *top)
            total += values[i] == values[*top] ? 1.0 : exp(values[i] - values[*top]);
    return total;
}
"""),
    "logsumexp": (("rest",), """\
static double logsumexp(const double *values, int count)
{
    int top;
    const double others = rest(values, count, &top);
    return isfinite(values[top]) ? values[top] + log1p(others) : values[top];
}
"""),
    "softmax": (("rest",), """\
static double softmax(double k, const double *values, int count)
{
    int top;
    const double others = rest(values, count, &top);
    if (!(k >= 1.0 && k <= count && k == floor(k)))
        return NAN;
    return exp(values[(int)k - 1] - values[top])/(1.0 + others);
}
"""),
    "log_softmax": (("rest",), """\
static double log_softmax(double k, const double *values, int count)
{
    int top;
    const double others = rest(values, count, &top);
    if (!(k >= 1.0 && k <= count && k == floor(k)))
        return NAN;
    return (values[(int)k - 1] - values[top]) - log1p(others);
}
"""),
}  # fmt: skip
