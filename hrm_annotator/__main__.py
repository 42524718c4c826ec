"""``python -m hrm_annotator``."""

from hrm_annotator.early import main

if __name__ == "__main__":
    main()
