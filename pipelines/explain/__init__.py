"""Why a label: which words, regions and moments of the input a back-end leaned on."""
