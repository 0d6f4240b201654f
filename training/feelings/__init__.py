"""Recipe `text`: MiniLM fine-tuned with a head each for sentiment, six emotions and GoEmotions."""
