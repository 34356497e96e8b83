package postern

import "testing"

func TestAnswersOfEveryReasonAreCountedAndAnUnknownOneIsARefusalToo(t *testing.T) {
	for _, source := range []Source{SourceLocal, SourceRemote} {
		var counter answerCounter
		counter.count(source, nil)
		for _, reason := range append(refusalReasons[:], ReasonRoleMissing, Reason("NEW_REASON")) {
			counter.count(source, &Error{Reason: reason, Source: source})
		}
		counts := counter.counts()[source]
		want := map[Outcome]uint64{OutcomeAccepted: 1}
		for _, reason := range refusalReasons {
			want[Outcome(reason)] = 1
		}
		want[Outcome(ReasonInvalidToken)] = 3
		for outcome, count := range want {
			if counts[outcome] != count {
				t.Errorf("%v %s: %d, not %d", source, outcome, counts[outcome], count)
			}
		}
		if len(counts) != len(want) {
			t.Errorf("%v", counts)
		}
	}
}
