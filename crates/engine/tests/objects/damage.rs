//! Objects with a field changed or taken out, the same in each run.

use serde_json::{Value, json};
use signet_testkit::dice::Dice;

use super::{all, object, pod, pod_states};

/// So many of them.
pub fn damaged(count: usize) -> Vec<Value> {
    let mut dice = Soup(Dice::new(0x9e37_79b9_7f4a_7c15));
    let whole = all();
    let mut cases = Vec::new();
    while cases.len() < count {
        let mut case = whole[dice.0.below(whole.len())].clone();
        if case["pods"] != Value::Null || case["exprs"] != Value::Null {
            continue;
        }
        for _ in 0..=dice.0.below(2) {
            damage(&mut case["object"], &mut dice);
        }
        if dice.0.below(8) == 0 {
            let states = pod_states();
            let (created, status) = states[dice.0.below(states.len())].clone();
            let mut pod = pod(created, status);
            damage(&mut pod, &mut dice);
            case["pods"] = json!([pod]);
        }
        cases.push(case);
    }
    cases
}

/// Goes into the object at random, and changes what is there.
fn damage(value: &mut Value, dice: &mut Soup) {
    const KEPT: [&str; 4] = ["apiVersion", "kind", "metadata", "creationTimestamp"];
    const SELECTING: [&str; 2] = ["selector", "labels"];
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = &keys[dice.0.below(keys.len())];
            let kept = KEPT.contains(&key.as_str());
            match dice.0.below(6) {
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
            let at = dice.0.below(items.len());
            damage(&mut items[at], dice);
        }
        Value::Number(number) => {
            let before = number.as_i64().unwrap_or(0);
            *value = json!(before.wrapping_add([-1, 0, 1][dice.0.below(3)]));
        }
        _ => {}
    }
}

struct Soup(Dice);

impl Soup {
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
        values[self.0.below(values.len())].clone()
    }
}
