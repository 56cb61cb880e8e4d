"""A space as the frameworks of other programs hold theirs: `adapters.langchain`, `adapters.llama_index`.

Each module needs its framework, which is imported with it and nowhere else. A space keeps its own encoder: texts that are
added are encoded by it, and so is what is asked. The space stays the caller's, who closes it.
"""
