import tomllib, calcml as cm
d=tomllib.load(open('tests/tables/stability.toml','rb'))['function']
print(len(d), sum(f.get('seen',True) for f in d))
for f in d:
    try: e=cm.parse(f['typed'])
    except Exception as x: print(f['name'],x)
