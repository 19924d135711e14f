package access

import "testing"

// Condition keys name the actions that have them as the table of actions does.
func TestActionsOfKeys(t *testing.T) {
	known := 0
	for _, k := range knownKeys {
		for _, a := range k.actions {
			known++
			if named(keyActions, a) == 0 && named(trustActions, a) == 0 {
				t.Errorf("%s is for the action %s, which there is not", k.name, a)
			}
		}
	}
	if known == 0 {
		t.Error("no key names an action")
	}
}
