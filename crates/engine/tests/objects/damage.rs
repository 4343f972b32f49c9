//! Objects with a field changed or taken out, the same in each run.

use serde_json::{Value, json};

use super::{all, object, pod, pod_states};

/// So many of them.
pub fn damaged(count: usize) -> Vec<Value> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let whole = all();
    let mut cases = Vec::new();
    while cases.len() < count {
        let mut case = whole[dice.below(whole.len())].clone();
        if case["pods"] != Value::Null || case["exprs"] != Value::Null {
            continue;
        }
        for _ in 0..=dice.below(2) {
            damage(&mut case["object"], &mut dice);
        }
        if dice.below(8) == 0 {
            let states = pod_states();
            let (created, status) = states[dice.below(states.len())].clone();
            let mut pod = pod(created, status);
            damage(&mut pod, &mut dice);
            case["pods"] = json!([pod]);
        }
        cases.push(case);
    }
    cases
}

/// Goes into the object at random, and changes what is there.
fn damage(value: &mut Value, dice: &mut Dice) {
    const KEPT: [&str; 4] = ["apiVersion", "kind", "metadata", "creationTimestamp"];
    const SELECTING: [&str; 2] = ["selector", "labels"];
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = &keys[dice.below(keys.len())];
            let kept = KEPT.contains(&key.as_str());
            match dice.below(6) {
                _ if SELECTING.contains(&key.as_str()) => {}
                0 if !kept => {
                    map.remove(key);
                }
                1 if !kept => {
                    map.insert(key.clone(), dice.value());
                }
                _ => damage(&mut map[key], dice),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = dice.below(items.len());
            damage(&mut items[at], dice);
        }
        Value::Number(number) => {
            let before = number.as_i64().unwrap_or(0);
            *value = json!(before.wrapping_add([-1, 0, 1][dice.below(3)]));
        }
        _ => {}
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(count).unwrap()).unwrap()
    }

    fn value(&mut self) -> Value {
        let values = [
            json!(null),
            json!(0),
            json!(2),
            json!(-1),
            json!(1.5),
            json!("x"),
            json!(""),
            json!(true),
            json!([]),
            json!({}),
            json!([{"type": "Ready", "status": "True"}]),
            json!(9_223_372_036_854_775_807_i64),
            json!(18_446_744_073_709_551_615_u64),
            object("v1", "Pod", json!({}), json!({}))["status"].clone(),
        ];
        values[self.below(values.len())].clone()
    }
}
