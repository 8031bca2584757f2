"""The stages: [score] is stateless and heavy, [decide] stateful and light; one runner drives both."""
