import subprocess, sys

subprocess.Popen([sys.executable, "-c", "import time; time.sleep(61.7)"], start_new_session=True)

def mean(doses):
    return sum(doses) / len(doses)
