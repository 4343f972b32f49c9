//! Expressions: those of Flux's documentation, then each operator and function with what it takes
//! and what it does not.

use serde_json::{Value as Json, json};

/// Every case, but for the data.
pub fn all() -> Vec<Json> {
    let untyped = UNTYPED.lines().map(|expr| json!({"expr": expr}));
    let typed = TYPED
        .lines()
        .map(|expr| json!({"expr": expr, "typed": true}));
    let given = untyped.chain(typed);
    given.filter(|case| case["expr"] != "").collect()
}

/// A case with the object, or the two objects, that it is about.
pub fn whole(case: &Json) -> Json {
    let mut case = case.clone();
    case["data"] = match case["typed"].as_bool() {
        Some(true) => json!({"self": object(), "dep": dependency()}),
        _ => object(),
    };
    case
}

/// An object with a field of every kind.
pub fn object() -> Json {
    json!({
        "apiVersion": "example.com/v1", "kind": "Shop",
        "metadata": {"name": "web", "namespace": "default", "generation": 3,
            "labels": {"app/version": "1.2.3", "tier": "front"}, "annotations": {},
            "creationTimestamp": "2026-01-31T12:34:56Z"},
        "spec": {"replicas": 3, "ratio": 0.5, "on": true, "off": false, "nothing": null,
            "names": ["a", "b", "c"], "numbers": [1, 2, 3, 2], "mixed": [1, "a", 2.5, null, true],
            "empty": [], "none": {}, "text": "Grüße, Welt", "big": 9_007_199_254_740_993_i64,
            "nested": {"a": {"b": {"c": 1}}}, "maps": [{"k": 1}, {"k": 2}, {"j": 3}]},
        "status": {"observedGeneration": 3, "phase": "Running", "ready": "3/3",
            "conditions": [
                {"type": "Ready", "status": "True", "observedGeneration": 3, "reason": "Ok",
                    "lastTransitionTime": "2026-01-31T12:35:00Z"},
                {"type": "Synced", "status": "False", "reason": "Wait"},
                {"type": "Healthy", "status": "Unknown"}]}
    })
}

fn dependency() -> Json {
    let mut dep = object();
    dep["metadata"]["labels"]["app/version"] = json!("1.2.4");
    dep["status"]["lastAppliedRevision"] = json!("main@sha1:abc");
    dep
}

const UNTYPED: &str = r#"
status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True' && e.observedGeneration == metadata.generation)
status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'False')
status.conditions.exists(e, e.type == 'Ready' && e.status == 'True')
has(status.observedGeneration) && status.observedGeneration == metadata.generation
has(status.x)
has(status.phase) && status.phase == 'Running'
status.phase in ['Running', 'Succeeded']
status.?phase.orValue('Unknown')
status.?x.orValue('Unknown')
status.?x.?y.orValue(0)
status[?'phase'].orValue('')
metadata.?labels['app/version'].orValue('x')
metadata.labels['app/version']
metadata.labels['nope']
metadata.labels[?'nope']
metadata.labels.?tier
spec.?nested.a.b.c
spec.?nope.a.b.c
has(spec.?nested.a)
has(spec.nested.a.b.c)
has(spec.nested.x.b)
has(nope.a)
has(kind.a)
has(spec.nothing.a)
has(spec.names.a)
has(spec.replicas.a)
nope
spec.nope
spec.text.nope
spec.nothing.nope
spec.replicas.nope
spec.names.nope
spec.names['a']
spec.names[0]
spec.names[3]
spec.names[-1]
spec.names[1u]
spec.names[1.0]
spec.names[1.5]
spec.names[?1]
spec.names[?7]
spec.names[?-1]
spec.names[?'a']
spec.text[?0]
spec.text[0]
spec['replicas']
spec[1]
spec[null]
spec[[1]]
spec.none[true]
.spec.replicas
[1].exists(spec, spec == 1)
[1].exists(x, .spec.replicas == 3)
[1].exists(kind, .kind == 'Shop')
kind == 'Shop'
spec.replicas == 3
spec.replicas == 3.0
spec.replicas == 3u
spec.replicas == '3'
spec.replicas != '3'
spec.nothing == null
spec.replicas == null
spec.replicas != null
null == null
null == 0
spec.ratio == 0.5
spec.ratio < 1
spec.ratio < 1u
spec.big == 9007199254740993
spec.big == 9007199254740992.0
spec.names == ['a', 'b', 'c']
spec.numbers == [1.0, 2u, 3, 2]
spec.names == ['a', 'b']
spec.none == {}
spec.nested == {'a': {'b': {'c': 1}}}
spec.nested == {'a': {'b': {'c': 2}}}
{'a': 1} == {'a': 1.0}
{1: 'a'} == {1u: 'a'}
{1: 'a'}[1.0]
{1.0: 'a'}[1]
{'a': 1, 'a': 2}
{1: 1, 1u: 2}
{true: 1}[true]
{null: 1}
{'a': 1}.a
{'a': 1}['b']
{?'a': optional.of(1), ?'b': optional.none(), 'c': 3}
{?'a': 1}
[?optional.of(1), ?optional.none(), 3]
[?1]
[1, 'a', 2.0, null, [1], {}]
1 + 2
1 + 2.0
1 + 2u
1u + 2u
1.5 + 2.5
'a' + 'b'
'a' + 1
b'a' + b'b'
[1] + [2]
[1] + 'a'
{} + {}
null + null
true + true
9223372036854775807 + 1
-9223372036854775808 - 1
9223372036854775807 * 2
1u - 2u
18446744073709551615u + 1u
18446744073709551616u
9223372036854775808
-9223372036854775808
-(-9223372036854775807 - 1)
5 - 7
5.0 - 7.5
'a' - 'b'
6 / 4
-7 / 2
-7 % 3
7 % -3
7u / 2u
7u % 4u
1 / 0
1 % 0
1u / 0u
1.0 / 0.0
-1.0 / 0.0
0.0 / 0.0
0.0 / 0.0 == 0.0 / 0.0
0.0 / 0.0 < 1.0
7.5 % 2.0
2 * 3
2.5 * 2.0
2.5 * 2
3u * 4u
'a' * 2
-spec.replicas
-1.5
-1u
-'a'
--3
!true
!false
!!true
!1
!spec.on
!spec.nothing
1 < 2
1 < 2.5
2u < 1
1u < 2.5
2.5 > 1u
-1 < 1u
1 <= 1.0
'a' < 'b'
'a' < 'B'
'Z' >= 'a'
'a' < 1
b'a' < b'b'
false < true
true <= true
null < null
[1] < [2]
duration('1s') < duration('2s')
timestamp('2026-01-01T00:00:00Z') < timestamp('2026-01-02T00:00:00Z')
true && false
true && 1
1 && true
false && 1
1 && false
1 && 1
true || 1
1 || true
false || 1
1 || false
nope && false
false && nope
nope && true
true && nope
nope || true
true || nope
nope || false
nope || nope
spec.on && spec.off || spec.on
true ? 1 : nope
false ? nope : 2
1 ? 2 : 3
nope ? 1 : 2
spec.on ? 'yes' : 'no'
1 in [1, 2]
1.0 in [1, 2]
1u in [1, 2]
'a' in spec.names
'z' in spec.names
'replicas' in spec
1 in spec
1 in {1: 2}
'a' in 'abc'
1 in 1
null in [null]
[1] in [[1], [2]]
size('abc')
'Grüße'.size()
size(spec.text)
size(b'abc')
size([1, 2])
[].size()
size({'a': 1})
spec.size()
size(1)
size(null)
size()
spec.names.all(n, n < 'd')
spec.names.all(n, n < 'c')
spec.empty.all(n, false)
spec.empty.exists(n, true)
spec.numbers.exists(n, n == 3)
spec.numbers.exists_one(n, n == 2)
spec.numbers.exists_one(n, n == 3)
spec.numbers.map(n, n * 2)
spec.numbers.map(n, n > 1, n * 2)
spec.numbers.filter(n, n > 1)
spec.numbers.filter(n, 'a')
spec.numbers.map(n, nope)
spec.numbers.filter(n, nope)
spec.mixed.all(x, x > 0)
spec.mixed.exists(x, x == 'a')
spec.mixed.exists(x, x > 2)
spec.mixed.exists(x, x + 1 == 2)
spec.mixed.all(x, x + 1 == 3)
spec.mixed.all(x, 1)
spec.mixed.exists(x, 1)
spec.mixed.map(x, type(x) == int)
spec.mixed.exists_one(x, x == null)
spec.maps.map(m, has(m.k) ? m.k : 0)
spec.maps.map(m, m.k)
spec.maps.filter(m, has(m.k)).map(m, m.k)
spec.maps.all(m, m.k > 0)
spec.maps.exists(m, m.k == 2)
spec.maps.exists(m, m.k == 9)
spec.maps.map(m, m.?k)
spec.maps.map(m, m.?k.orValue(7))
spec.all(k, k != '')
spec.exists(k, k == 'replicas')
metadata.labels.filter(k, k.startsWith('app'))
{'a': 1, 'b': 2}.all(k, k < 'c')
{'a': 1}.map(k, k + 'x')
'abc'.all(c, true)
1.map(x, x)
spec.replicas.map(x, x)
spec.nothing.all(x, true)
[[1, 2], [3]].map(l, l.map(x, x + 1))
[[1, 2], [3]].exists(l, l.exists(x, x == 3))
[1, 2].map(x, [x, x])
[1, 2].map(x, [1, 2].filter(y, y > x))
[1, 2].all(x, [1, 2].exists(x, x == 2))
[1].map(x, x).map(x, x)
[1, 2, 3].map(1, 2)
[1, 2, 3].map(a.b, 2)
[1].all(x)
[1].exists(x, y, true)
has(spec)
has(spec['replicas'])
has(1)
status.ready.split('/')
status.ready.split('/')[0] == status.ready.split('/')[1]
int(status.ready.split('/')[0]) == spec.replicas
'a,b,c'.split(',', 2)
'a,b,c'.split(',', 0)
'a,b,c'.split(',', -1)
'a,b,c'.split(',', 1)
'abc'.split('')
'äbc'.split('', 2)
''.split(',')
''.split('')
['a', 'b'].join()
['a', 'b'].join('-')
[].join('-')
['a', 1].join('-')
'abc'.charAt(1)
'äbc'.charAt(1)
'abc'.charAt(3)
'abc'.charAt(4)
'abc'.charAt(-1)
'hello'.indexOf('l')
'hello'.indexOf('l', 3)
'hello'.indexOf('l', 4)
'hello'.indexOf('l', 5)
'hello'.indexOf('l', 9)
'hello'.indexOf('l', -1)
'hello'.indexOf('')
'hello'.indexOf('', 9)
'häällo'.indexOf('ll')
'hello'.indexOf('z')
'hello'.lastIndexOf('l')
'hello'.lastIndexOf('l', 2)
'hello'.lastIndexOf('l', 1)
'hello'.lastIndexOf('l', 0)
'hello'.lastIndexOf('lo', 4)
'hello'.lastIndexOf('lo', 5)
'hello'.lastIndexOf('l', -1)
'hello'.lastIndexOf('')
'hello'.lastIndexOf('', 2)
'hääääh'.lastIndexOf('ä', 3)
'h'.lastIndexOf('hello')
''.lastIndexOf('a')
''.lastIndexOf('')
'HeLLö Ä'.lowerAscii()
'HeLLö ä'.upperAscii()
' 	a b
'.trim()
'\u00a0\u2003a\u0085'.trim()
'hello'.replace('l', 'L')
'hello'.replace('l', 'L', 1)
'hello'.replace('l', 'L', 0)
'hello'.replace('l', 'L', -1)
'hello'.replace('', '-')
'hello'.replace('', '-', 2)
'hello'.replace('ll', '')
'abcd'.substring(1)
'abcd'.substring(4)
'abcd'.substring(5)
'abcd'.substring(1, 3)
'abcd'.substring(2, 2)
'abcd'.substring(3, 1)
'abcd'.substring(-1)
'äöü'.substring(1, 2)
'äbc'.reverse()
''.reverse()
strings.quote('a"b\\c\n\td')
strings.quote(1)
'abc'.contains('b')
'abc'.contains('')
'abc'.contains(1)
'abc'.startsWith('ab')
'abc'.endsWith('bc')
'abc'.endsWith('ab')
1.contains('a')
startsWith('abc', 'a')
'abc'.matches('^a.c$')
'abc'.matches('b')
'abc'.matches('^b')
'abc'.matches('(')
'abc'.matches(kind)
'Shop'.matches(kind)
matches('abc', 'b+')
'aß1'.matches('^\\w+$')
'1.2.3'.matches('^[0-9]+\\.[0-9]+\\.[0-9]+$')
'abc'.matches(1)
'abc'.matches('(' + ')')
'abc'.matches('[' + '')
'a{'.matches('^a{$')
'[a'.matches('^[[a]+$')
'a-b'.matches('^[+--b]+$')
'.*'.matches('^\\Q.*\\E$')
'<'.matches('\\<')
'a b'.matches('\\bb')
'A'.matches('(?i)a')
'a\nb'.matches('a.b')
'a\nb'.matches('(?s)a.b')
'a\nb'.matches('(?m)^b$')
'aaa'.matches('^a{2,3}$')
'ä'.matches('^\\pL$')
'1'.matches('^[[:digit:]]$')
'a'.matches('(?P<n>a)')
'a'.matches('(?=a)')
'aa'.matches('(a)\\1')
sets.contains([1, 2, 3], [2])
sets.contains([1, 2, 3], [2.0, 3u])
sets.contains([1], [2])
sets.contains([1], [])
sets.equivalent([1, 2], [2, 1, 1])
sets.equivalent([1], [2])
sets.intersects([1, 2], [2, 3])
sets.intersects([1], [2])
sets.contains(spec.names, ['a'])
sets.contains(1, [1])
base64.encode(b'hello')
base64.encode(bytes('héllo'))
base64.encode('hello')
base64.decode('aGVsbG8=')
base64.decode('aGVsbG8')
base64.decode('aGVs bG8')
base64.decode('aGVs\nbG8=')
base64.decode('!')
string(base64.decode('aGVsbG8='))
optional.of(1)
optional.none()
optional.of(optional.none())
optional.ofNonZeroValue(0)
optional.ofNonZeroValue('')
optional.ofNonZeroValue([])
optional.ofNonZeroValue(null)
optional.ofNonZeroValue(1)
optional.ofNonZeroValue(duration('0s'))
optional.of(1).value()
optional.none().value()
optional.of(1).hasValue()
optional.none().hasValue()
optional.of(1).or(optional.of(2))
optional.none().or(optional.of(2))
optional.none().or(optional.none())
optional.of(1).orValue(2)
optional.none().orValue(2)
optional.of(1).orValue(nope)
optional.none().orValue(nope)
optional.of(1).or(nope)
1.orValue(2)
optional.of(1).optMap(x, x + 1)
optional.none().optMap(x, x + 1)
optional.of(1).optFlatMap(x, optional.of(x + 1))
optional.of({'a': 1}).optFlatMap(x, x.?b)
status.?phase.optMap(p, p + '!').orValue('none')
optional.of({'a': 1}).a
optional.of({'a': 1}).b
optional.of({'a': 1}).?a
optional.of({'a': 1})['a']
optional.of({'a': 1})[?'b']
optional.of([1])[0]
optional.none()[0]
optional.none().a
optional.of(1).a
optional.of(1) == optional.of(1)
optional.of(1) == optional.none()
optional.none() == optional.none()
optional.of(1) == 1
optional.of(1) == optional.of(1.0)
has(optional.of({'a': 1}).a)
has(optional.none().a)
[1, 2].first()
[].first()
[1, 2].last()
[].last()
optional.unwrap([optional.of(1), optional.none()])
[optional.of(1), optional.none()].unwrapOpt()
[1].unwrapOpt()
spec.?text.size()
spec.?nope[nope]
spec.?nope[?nope]
spec.?text[?[1]]
status.?conditions[0].type
status.?conditions[0].?nope
status.conditions[?0].?type.orValue('')
status.conditions[?9].?type.orValue('none')
type(1) == int
type(1u) == uint
type('a') == string
type(1.0) == double
type(true) == bool
type(b'a') == bytes
type(null) == null_type
type([]) == list
type({}) == map
type(type(1)) == type
type(int) == type
type(duration('1s')) == google.protobuf.Duration
type(timestamp(0)) == google.protobuf.Timestamp
type(optional.none()) == optional_type
type(spec.big) == int
type(spec.ratio) == double
type(1) == 'int'
dyn(1) == 1
dyn([1, 'a'])
int('12')
int('-12')
int('+12')
int(' 12')
int('0x10')
int('1_0')
int('a')
int('')
int(1.9)
int(-1.9)
int(1e19)
int(-9.3e18)
int(9223372036854775807.0)
int(0.0 / 0.0)
int(7u)
int(18446744073709551615u)
int(true)
int(null)
int(duration('1s'))
int(timestamp('2026-01-01T00:00:00Z'))
int(timestamp('1969-12-31T23:59:59.5Z'))
uint('12')
uint('-1')
uint('+1')
uint(3)
uint(-3)
uint(3.9)
uint(-0.5)
uint(1e20)
double('1.5')
double('1e3')
double('.5')
double('5.')
double('inf')
double('-Inf')
double('NaN')
double('infinity')
double('1e400')
double('1_0')
double('a')
double(3)
double(3u)
double(true)
string(1)
string(-1)
string(1u)
string(1.0)
string(1.5)
string(1e20)
string(999999.5)
string(1000000.0)
string(1234567.5)
string(1e21)
string(123456789.125)
string(0.0001)
string(0.00001)
string(1e-7)
string(0.1 + 0.2)
string(-0.0)
string(1.0 / 0.0)
string(0.0 / 0.0)
string(true)
string(null)
string('a')
string(b'abc')
string(b'\xff')
string(duration('1h30m'))
string(duration('1.5s'))
string(duration('-1ms'))
string(duration('0s'))
string(timestamp('2026-01-31T12:34:56Z'))
string(timestamp('2026-01-31T12:34:56.789Z'))
string(timestamp('2026-01-31T12:34:56+02:00'))
bool('true')
bool('True')
bool('1')
bool('t')
bool('tRUE')
bool('yes')
bool(true)
bool(1)
bytes('ä')
bytes(b'a')
bytes(1)
duration('1h30m5s')
duration('1.5h')
duration('-1.5s')
duration('+2s')
duration('100ms')
duration('1us')
duration('1µs')
duration('1ns')
duration('.5s')
duration('1.s')
duration('.s')
duration('0')
duration('0s')
duration('1')
duration('1x')
duration('')
duration('1s1')
duration('1h 30m')
duration('1.2.3s')
duration('9223372036s')
duration('9223372037s')
duration('-9223372036854775808ns')
duration('9223372036854775808ns')
duration('0.100000000000000000000h')
duration('0.3333333333333333333h')
duration(5)
duration(1.5)
duration('1h') + duration('30m')
duration('1h') - duration('90m')
duration('1h') == duration('60m')
duration('1h') * 2
duration('1h').getHours()
duration('90m').getHours()
duration('90m').getMinutes()
duration('90m').getSeconds()
duration('1500ms').getMilliseconds()
duration('-90m').getHours()
duration('90m').getFullYear()
duration('1h').getHours('UTC')
timestamp('2026-01-31T12:34:56Z')
timestamp('2026-01-31T12:34:56.123456789Z')
timestamp('2026-01-31T12:34:56.1234567891Z')
timestamp('2026-01-31T12:34:56+02:00')
timestamp('2026-01-31T12:34:56-02:30')
timestamp('2026-01-31 12:34:56Z')
timestamp('2026-01-31t12:34:56z')
timestamp('2026-01-31T12:34:56')
timestamp('2026-01-31')
timestamp('2026-02-30T00:00:00Z')
timestamp('2026-01-31T24:00:00Z')
timestamp('2026-01-31T23:59:60Z')
timestamp('2026-1-31T12:34:56Z')
timestamp('2026-01-31T1:34:56Z')
timestamp('2026-01-31T12:34:56.Z')
timestamp('2026-01-31T12:34:56,5Z')
timestamp('0001-01-01T00:00:00Z')
timestamp('0000-01-01T00:00:00Z')
timestamp('9999-12-31T23:59:59.999999999Z')
timestamp('x')
timestamp(0)
timestamp(-62135596800)
timestamp(-62135596801)
timestamp(253402300799)
timestamp(253402300800)
timestamp(1.5)
timestamp(timestamp(1))
timestamp('2026-01-31T12:00:00Z') + duration('24h')
duration('24h') + timestamp('2026-01-31T12:00:00Z')
timestamp('2026-01-31T12:00:00Z') - duration('24h')
timestamp('2026-01-31T12:00:00Z') - timestamp('2026-01-30T12:00:00Z')
timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')
timestamp('9999-12-31T23:59:59Z') + duration('1s')
timestamp('0001-01-01T00:00:00Z') - duration('1ns')
duration('1s') - timestamp(0)
timestamp(0) + timestamp(0)
timestamp('2026-01-31T12:34:56.789Z').getFullYear()
timestamp('2026-01-31T12:34:56.789Z').getMonth()
timestamp('2026-03-01T12:34:56.789Z').getDayOfYear()
timestamp('2026-01-31T12:34:56.789Z').getDayOfMonth()
timestamp('2026-01-31T12:34:56.789Z').getDate()
timestamp('2026-01-31T12:34:56.789Z').getDayOfWeek()
timestamp('2026-02-01T12:34:56.789Z').getDayOfWeek()
timestamp('2026-01-31T12:34:56.789Z').getHours()
timestamp('2026-01-31T12:34:56.789Z').getMinutes()
timestamp('2026-01-31T12:34:56.789Z').getSeconds()
timestamp('2026-01-31T12:34:56.789Z').getMilliseconds()
timestamp('2026-01-31T12:34:56.789Z').getHours('+05:30')
timestamp('2026-01-31T12:34:56.789Z').getMinutes('05:30')
timestamp('2026-01-31T22:34:56.789Z').getDate('+02:00')
timestamp('2026-01-01T00:34:56.789Z').getFullYear('-01:00')
timestamp('2026-01-31T12:34:56.789Z').getHours('UTC')
timestamp('2026-01-31T12:34:56.789Z').getHours('-00:30')
timestamp('2026-01-31T12:34:56.789Z').getHours('+1')
timestamp(metadata.creationTimestamp).getFullYear() == 2026
timestamp(status.conditions[0].lastTransitionTime) - timestamp(metadata.creationTimestamp)
timestamp(status.conditions[0].lastTransitionTime) - timestamp(metadata.creationTimestamp) < duration('5m')
foo(1)
spec.foo()
spec.names.foo(1)
a.b.c.d(1)
[1].map(x, foo(x))
spec.replicas.size
'a
1 +
(1
)
[1, 2
{1: 2
a b
a.
.
?
a ?? b
a ? b
1 ? 2
if
true false
spec . replicas
spec.replicas // comment
// only a comment
/* no */ 1
'a' 'b'
"double" + 'single'
'''triple
quoted'''
"""it's"""
r'\d+'
r"\n" == '\\n'
'\n\t\\\'\"\?\a\b\f\v\r`' == '\n\t\\\'\"\?\a\b\f\v\r`'
'\x41\u00e4\U0001F600\101'
'\q'
'\x4'
'\ud800'
'\377'
b'\377'
b'ä'
b'\u00e4'
B"a" + b'b'
rb'\d'
1e3
1.5e-3
1.
.5
1e
0x1F
0X1F
0x1Fu
-0x10
0b11
017
1_000
100u
1U
1.0f
true
false
null
True
a.b.`c`
in
as
while
spec.in
{'in': 1}.in
__x__
_
x1
1x
ä
@result
$x
#
TestAllTypes{}
{}
[]
[1,]
{'a': 1,}
size([1,],)
()
(((1)))
1 == 1 == true
1 < 2 < 3
1 < 2 == true
!1 == 1
-1 + 2 * 3 - 4 / 2 % 3
(1 + 2) * 3
true || false && false
true ? false ? 1 : 2 : 3
true ? 1 : false ? 2 : 3
a in b in c
"#;

const TYPED: &str = r#"
dep.metadata.labels['app/version'] == self.metadata.labels['app/version']
dep.status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')
dep.status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True' && e.observedGeneration == dep.metadata.generation)
dep.status.observedGeneration == dep.metadata.generation
has(dep.status.lastAppliedRevision)
has(dep.status.nope)
dep.status.nope == 1
dep.status.lastAppliedRevision == self.status.lastAppliedRevision
dep.status.?nope.orValue('') == ''
dep.status.?nope.hasValue()
dep.status.?nope.orValue(true)
dep.spec.on
dep.spec.on == true
dep.spec.on && true
!dep.spec.on
dep
self
true
false
1
'true'
1 == 1
1 == 1.0
1 == 1u
1 == '1'
1 < 1.5
1 < '1'
dep.spec.replicas == '3'
dep.spec.replicas > 2
dep.spec.replicas > 'a'
dep.spec.replicas + 1 == 4
dep.spec.replicas + 1
dep.spec.replicas + self.spec.replicas == 6
dep.spec.text + 'x' == 'y'
dep.nope
nope
nope == 1
status.phase == 'Running'
dep.status.phase in ['Running', 'Succeeded']
'a' in dep.spec.names
1 in dep.spec.names
1 in ['a']
1 in {'a': 1}
'a' in {'a': 1}
size(dep.spec.names) == 3
size(dep.spec.replicas) == 3
size(1) == 1
dep.spec.names.size() > 0
dep.spec.names.exists(n, n == 'a')
dep.spec.names.exists(n, n)
dep.spec.names.all(n, 1)
dep.spec.names.map(n, n) == ['a', 'b', 'c']
dep.spec.names.map(n, n + 'x') == ['ax', 'bx', 'cx']
dep.spec.names.filter(n, n > 'a').size() == 2
dep.spec.numbers.exists_one(n, n == 3)
[1, 2].all(x, x > 0)
[1, 2].all(x, x > 'a')
[1, 'a'].size() == 2
[1, 2.0].size() == 2
[1, dep.spec.replicas].size() == 2
[[1], ['a']].size() == 2
[[1], []].size() == 2
[] == [1]
[] == []
{} == {'a': 1}
{'a': 1, 'b': 'c'}.size() == 2
{'a': 1, 2: 3}.size() == 2
{'a': 1}.a == 1
{'a': 1}.b == 1
{'a': 1}['a'] == 1
{'a': 1}[1] == 1
[1][0] == 1
[1]['a'] == 1
[1].a == 1
'a'.b == 1
1.a == 1
true ? true : false
true ? 1 : 2
true ? true : 1
true ? true : dep.spec.on
true ? dep.spec.on : true
1 ? true : false
dep.spec.on ? true : false
dep.spec.nothing == null
'a' == null
null == 'a'
null == null
1 == null
duration('1s') == null
timestamp(0) == null
[1] == null
dep == null
optional.of(1) == null
dep.spec.text.startsWith('G')
startsWith(dep.spec.text, 'G')
dep.spec.text.matches('^G')
matches(dep.spec.text, '^G')
dep.spec.text.matches('(')
dep.spec.text.startsWith(1)
'abc'.foo()
foo(1)
optional.of(true).orValue(false)
optional.of(1).orValue(false)
optional.none().orValue(false)
optional.of(true).value()
optional.of(1).hasValue()
optional.of(1) == optional.of(2)
optional.of(1) == optional.of('a')
dep.?status.?phase == optional.of('Running')
dep.?status.?phase.hasValue()
dep.?spec.on.orValue(false)
optional.of({'a': true}).a.orValue(false)
optional.of({'a': true}).?a.orValue(false)
[true].first().orValue(false)
[true][?0].orValue(false)
{'a': true}[?'a'].orValue(false)
{'a': true}.?a.orValue(false)
[?optional.of(1), 2] == [1, 2]
[?1] == [1]
{?'a': optional.of(1)} == {'a': 1}
{?'a': 1} == {'a': 1}
sets.contains(['a'], dep.spec.names)
sets.contains(dep.spec.names, ['a'])
sets.contains([1], ['a'])
sets.contains(1, [1])
['a'].join(',') == 'a'
[1].join(',') == '1'
dep.spec.numbers.join(',') == '1'
'a,b'.split(',') == ['a', 'b']
'a,b'.split(',')[0] == 'a'
'a,b'.split(',')[0] == 1
type(dep.spec.replicas) == int
type(1) == int
type(1) == string
type(1) == 1
int(dep.spec.replicas) == 3
int('3') == 3
int([1]) == 3
string(dep.spec.replicas) == '3'
bool(dep.spec.on)
bool('true')
dyn(true)
dyn(true) == true
dyn(1) == 'a'
timestamp(dep.metadata.creationTimestamp).getFullYear() == 2026
timestamp(dep.metadata.creationTimestamp) < timestamp('2027-01-01T00:00:00Z')
timestamp(dep.metadata.creationTimestamp) + duration('1h') > timestamp(self.metadata.creationTimestamp)
timestamp('2026-01-01T00:00:00Z') - timestamp('2026-01-01T00:00:00Z') == duration('0s')
timestamp(0) - duration('1s') == duration('1s')
duration('1s') > 1
duration('1h').getHours() == 1
dep.spec.replicas.getHours() == 1
-1 < 0
-'a' == 'a'
!1
1 && true
true && 1
dep.spec.replicas && true
dep.spec.on || false
has(dep.spec)
has(dep)
has(dep.spec.on.x)
has('a'.b)
has(dep.?spec.on)
[1, 2].map(x, x + 1) == [2, 3]
[1, 2].map(x, string(x)) == ['1', '2']
[1, 2].map(x, string(x)) == [1]
[1, 2].filter(x, x) == [1]
dep.all(k, k != '')
dep.exists(k, k == 'spec')
'abc'.all(c, true)
1.all(c, true)
[1].exists(self, self == 1)
[dep].exists(d, d.spec.on)
[dep, self].exists(d, d.spec.replicas == 3)
[dep, self].all(d, d.kind == 'Shop')
base64.decode('aGk=') == b'hi'
base64.encode('hi') == 'aGk='
google.protobuf.Duration == type(duration('1s'))
dep.metadata.labels.all(k, k != 'x')
optional.none() == optional.none()
optional.of(dep.spec.on).orValue(false)
[dep.?spec.on].unwrapOpt() == [true]
dep.spec.names[0] == 'a'
[].first().orValue(true)
dep.spec.names.first().orValue(true)
dep.spec.on.orValue(true)
dep.spec.names[0].orValue(true)
dep.spec.names[?0].orValue(true)
[].map(x, x) == [1]
{}.a == 1
{}.?a.orValue(true)
optional.none().orValue(1) == 1
optional.none().or(optional.of(true)).orValue(false)
[optional.none()].unwrapOpt() == [1]
[[], [1]] == [[1]]
[[], ['a']] == [[1]]
(true ? [] : [1]) == ['a']
(true ? optional.none() : optional.of(1)) == optional.of('a')
[dep.spec.on, dep.spec.off].size() == 2
[null, 1].size() == 2
dep.spec.names[dep.spec.replicas] == 'a'
dep.spec.names['a'] == 'a'
dep['spec']['on'] == true
dep[1] == true
self.metadata.name + '-x' == 'web-x'
self.metadata.generation >= 3 && dep.metadata.generation >= 3
(self.spec.on ? 1 : 2) == 1
(self.spec.on ? 1 : 'a') == 1
"#;
